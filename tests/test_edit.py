"""A program changes its flow by editing the rules file: the edit that the README shows, and what it brings about."""

import re
from pathlib import Path
from typing import Any

import pytest

from tests.serving import ROOT, RULES, Api, serving

STATUS = "IN_TRAINING: {label: In training, category: STEP, description: Waits for the training day.}"
PERSON = "user { id personas { id matchStatus { key label } } }"


def edited() -> str:
    """The shipped file with the README's edit: a new status, a new transition, and the pool begins after it."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    transition = re.search(r"(  finish_training:\n(?:    .*\n)+)", readme)
    assert transition is not None
    assert STATUS in readme
    text = RULES.read_text(encoding="utf-8")
    example = re.search(r"      Anna.mentor: .*\n", readme)
    assert example is not None
    text = text.replace("      Anna.mentor: {match_status: RTBM}\n", example[0], 1)
    text = text.replace("      NOT_MATCHING:\n", f"      {STATUS}\n      NOT_MATCHING:\n", 1)
    before, pool = text.split("  enter_pool:\n", 1)
    return f"{before}{transition[1]}  enter_pool:\n{pool.replace('to: RTBM', 'to: IN_TRAINING', 1)}"


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    file = tmp_path / "transitions.yaml"
    file.write_text(RULES.read_text(encoding="utf-8"), encoding="utf-8")
    return file


def active(api: Api, role: str, email: str) -> Any:
    user = api.do("registerUser", PERSON, role=role, name="Robin", email=email)["user"]
    api.do("finishApplication", PERSON, userId=user["id"])
    return api.do("changeUserStatus", PERSON, userId=user["id"], to="ACTIVE")["user"]


def test_a_new_status_and_transition_appear_after_a_restart_and_are_asked_for(tmp_path: Path, rules: Path) -> None:
    database = f"sqlite:///{tmp_path / 'edit.db'}"
    with serving(database, rules) as api:
        before = active(api, "MENTOR", "before@example.org")
        assert [persona["matchStatus"]["key"] for persona in before["personas"]] == ["RTBM"]
    rules.write_text(edited(), encoding="utf-8")
    with serving(database, rules) as api:
        mentor = active(api, "MENTOR", "mentor@example.org")
        mentee = active(api, "MENTEE", "mentee@example.org")
        (persona,) = mentor["personas"]
        assert persona["matchStatus"] == {"key": "IN_TRAINING", "label": "In training"}
        sides = {"mentorPersonaId": persona["id"], "menteePersonaId": mentee["personas"][0]["id"]}
        (error,) = api.act("matchPersonas", "match { id }", **sides)["userErrors"]
        assert [blocker["code"] for blocker in error["blockers"]] == ["READY"]
        for person in (mentor, mentee):
            trained = {"transition": "finish_training", "subjectId": person["personas"][0]["id"]}
            assert api.do("performTransition", "change { to { key } }", **trained)["change"]["to"] == {"key": "RTBM"}
        assert api.do("matchPersonas", "match { status { key } }", **sides)["match"]["status"] == {"key": "OPEN"}
        kept = api.run("query($id: ID!) { user(id: $id) { personas { matchStatus { key } } } }", id=before["id"])
        assert kept["user"]["personas"] == [{"matchStatus": {"key": "RTBM"}}]


def test_a_dropped_status_is_still_named_by_history(tmp_path: Path, rules: Path) -> None:
    database = f"sqlite:///{tmp_path / 'drop.db'}"
    rules.write_text(edited(), encoding="utf-8")
    with serving(database, rules) as api:
        mentor = active(api, "MENTOR", "mentor@example.org")
    rules.write_text(RULES.read_text(encoding="utf-8"), encoding="utf-8")
    with serving(database, rules) as api:
        query = "query($id: ID!) { user(id: $id) { personas { matchStatus { key label isRetired } } } }"
        (persona,) = api.run(query, id=mentor["id"])["user"]["personas"]
        assert persona["matchStatus"] == {"key": "IN_TRAINING", "label": "In training", "isRetired": True}
