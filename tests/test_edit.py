"""A program changes its flow by editing the rules file: the edit that the README shows, and what it brings about."""

import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.serving import PATIENCE, ROOT, RULES, Api, serving

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


def without_not_matching() -> str:
    """The shipped file without the status Not Matching, and without what leads to it and from it."""
    text = RULES.read_text(encoding="utf-8")
    text = re.sub(r"      NOT_MATCHING:\n.*\n", "", text)
    text = re.sub(r"  (not_matching|rescreen):\n(?:    .*\n)+\n", "", text)
    text = text.replace("{match_status: [CLOSED, NOT_MATCHING]}", "{match_status: CLOSED}")
    return text.replace("{match_status: NOT_MATCHING}", "{match_status: CLOSED}")  # in an example


def moved() -> str:
    """What the guide says to add."""
    guide = (ROOT / "docs" / "rules" / "editing.md").read_text(encoding="utf-8")
    said = re.search(r"```yaml\n(moved:\n.*?)```", guide, re.DOTALL)
    assert said is not None
    return said[1]


def soon(api: Api, query: str, holds: Callable[[Any], bool]) -> Any:
    """What a query answers as soon as it is as it should be."""
    for _ in range(PATIENCE):
        found = api.run(query)
        if holds(found):
            return found
        time.sleep(0.25)
    raise AssertionError(found)


PROBLEMS = "{ program { rules { revision problems { severity code message hint } } } }"
MATCH_STATUS = "{ personas { nodes { matchStatus { key label isRetired } } } }"
HISTORY = """{ history(filter: {transitionIn: ["moved"]}) { nodes {
  machine from { key label isRetired } to { key } actorName note rulesRevision subject { id } } } }"""


def test_a_status_with_people_in_it_is_dropped_as_an_administrator_does_it(tmp_path: Path, rules: Path) -> None:
    with serving(f"sqlite:///{tmp_path / 'drop.db'}", rules) as api:
        for number in range(3):
            (persona,) = active(api, "MENTEE", f"mentee{number}@example.org")["personas"]
            api.do("changeMatchStatus", "persona { id }", personaId=persona["id"], to="NOT_MATCHING")
        before = api.run(PROBLEMS)["program"]["rules"]["revision"]

        rules.write_text(without_not_matching(), encoding="utf-8")
        held = soon(api, PROBLEMS, lambda found: found["program"]["rules"]["problems"])["program"]["rules"]
        assert held == {
            "revision": before,
            "problems": [
                {
                    "severity": "error",
                    "code": "stranded",
                    "message": "3 personas in Not Matching (Mentee 3) would be in no status:"
                    " these rules have no NOT_MATCHING in match_status",
                    "hint": "say where they go: moved: {match_status: {NOT_MATCHING: ...}},"
                    " with one of NOT_APPLICABLE, RTBM, MATCHED, CLOSED, RESCREENING",
                }
            ],
        }
        people = api.run(MATCH_STATUS)["personas"]["nodes"]
        assert people == [{"matchStatus": {"key": "NOT_MATCHING", "label": "Not Matching", "isRetired": False}}] * 3

        edited = without_not_matching().replace("# end of rules\n", f"{moved()}\n# end of rules\n")
        rules.write_text(edited, encoding="utf-8")
        taken = soon(api, PROBLEMS, lambda found: found["program"]["rules"]["revision"] != before)
        after = taken["program"]["rules"]["revision"]
        assert taken["program"]["rules"]["problems"] == []
        people = api.run(MATCH_STATUS)["personas"]["nodes"]
        assert people == [{"matchStatus": {"key": "RESCREENING", "label": "Rescreening", "isRetired": False}}] * 3
        told = api.run(HISTORY)["history"]["nodes"]
        assert len({change.pop("subject")["id"] for change in told}) == 3
        assert (
            told
            == [
                {
                    "machine": "match_status",
                    "from": {"key": "NOT_MATCHING", "label": "Not Matching", "isRetired": True},
                    "to": {"key": "RESCREENING"},
                    "actorName": "The platform itself",
                    "note": "The rules have no Match Status Not Matching any more; whoever was in it is moved to"
                    f" Rescreening (rules {before} -> {after}).",
                    "rulesRevision": after,
                }
            ]
            * 3
        )
