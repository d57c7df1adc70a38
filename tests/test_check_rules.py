"""An edited rules file is checked by the API before it is saved, as a web editor does it while somebody types."""

import asyncio
import re
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from server.domain.errors import TryAgainError
from server.services import drafts
from server.services.drafts import Draft, Drafts, Judging, UnjudgedError
from server.services.rulebook import Rulebook
from tests.serving import PATIENCE, RULES, Api, serving

TEXT = RULES.read_text("utf-8")
OVERLAY = (RULES.parent / "programs" / "post_secondary.yaml").read_text("utf-8")
CHECK = """query($source: String!, $program: String) { checkRules(source: $source, program: $program) {
  isValid revision diagnostics { severity code file line column message hint } changes
  impact { status { key label isRetired } affectedCount message } } }"""
QUICK = CHECK.replace("changes", "")
PERSON = "user { id personas { id } }"


@pytest.fixture(scope="module", autouse=True)
def patience() -> Iterator[None]:
    """A busy machine is no fault of the code; what the limit does has a test of its own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(drafts, "JUDGING_SECONDS", PATIENCE)
        yield


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """A server with three applicants."""
    with serving(f"sqlite:///{tmp_path_factory.mktemp('check')}/check.db") as opened:
        for number in range(3):
            opened.do("registerUser", PERSON, role="MENTEE", name="Robin", email=f"{number}@example.org")
        yield opened


def checked(api: Api, source: str, program: str | None = None, query: str = CHECK) -> Any:
    return api.run(query, source=source, program=program)["checkRules"]


def in_force(api: Api) -> str:
    return str(api.run("{ program { rules { revision } } }")["program"]["rules"]["revision"])


def test_the_file_as_it_is_changes_nothing(api: Api) -> None:
    assert checked(api, TEXT) == {
        "isValid": True, "revision": in_force(api), "diagnostics": [], "changes": [], "impact": [],
    }  # fmt: skip


def test_every_problem_is_told_at_its_place_and_nothing_else(api: Api) -> None:
    broken = TEXT.replace("fire: become_matched}", "fire: become_matchd}")
    found = checked(api, broken)
    assert (found["isValid"], found["revision"], found["changes"], found["impact"]) == (False, None, [], [])
    lines = [number for number, line in enumerate(broken.splitlines(), 1) if "become_matchd" in line]
    told = [each for each in found["diagnostics"] if each["code"] == "unknown-transition"]
    assert [(each["file"], each["line"]) for each in told] == [("rules/transitions.yaml", line) for line in lines]
    assert told[0]["message"] == "there is no transition become_matchd; did you mean become_matched?"


def test_what_people_can_do_otherwise_is_told_in_sentences(api: Api) -> None:
    found = checked(api, TEXT.replace(DELETE, DELETE.replace("PROGRAM_ADMIN", "PROGRAM_ADMIN, SITE_STAFF"), 1))
    assert found["isValid"]
    (change,) = found["changes"]
    assert change.startswith("Site staff may now press Delete Match. For example: ")


DELETE = """    to: DELETED
    allow: [PROGRAM_ADMIN]
"""


def test_whom_it_would_strand_is_counted(api: Api) -> None:
    before = in_force(api)
    renamed = re.sub(r"\bAPPLICATION_INCOMPLETE\b", "APPLYING", TEXT)
    found = checked(api, renamed, query=QUICK)
    status = {"key": "APPLICATION_INCOMPLETE", "label": "Application Incomplete", "isRetired": True}
    said = "3 people in Application Incomplete would be in no status: these rules have no APPLICATION_INCOMPLETE in"
    assert found["impact"] == [{"status": status, "affectedCount": 3, "message": f"{said} user_status"}]
    assert not found["isValid"]
    assert [each["code"] for each in found["diagnostics"]] == ["stranded"]
    moved = checked(api, renamed + "moved: {user_status: {APPLICATION_INCOMPLETE: APPLYING}}\n", query=QUICK)
    assert (moved["isValid"], moved["diagnostics"]) == (True, [])
    assert [each["affectedCount"] for each in moved["impact"]] == [3]
    assert moved["revision"] != before == in_force(api)


def test_an_overlay_is_checked_over_the_base_in_force(api: Api) -> None:
    assert checked(api, OVERLAY, "post_secondary")["isValid"]
    found = checked(api, OVERLAY.replace("OTHER.label", "OTHR.label"), "post_secondary")
    assert [(each["code"], each["file"]) for each in found["diagnostics"]] == [
        ("no-such-path", "rules/programs/post_secondary.yaml")
    ]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ('{ checkRules(source: "x", program: "nowhere") { isValid } }', "There is no program nowhere."),
        ('{ a: checkRules(source: "x") { isValid } b: checkRules(source: "y") { isValid } }', "one file at a time"),
    ],
)
def test_what_cannot_be_checked_is_refused(api: Api, query: str, said: str) -> None:
    (error, *_) = api.post(query).json()["errors"]
    assert said in error["message"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"


def wanting(source: str) -> Drafts:
    found = Drafts()
    with pytest.raises(UnjudgedError):
        found.judgement(Draft("small", source))
    return found


def test_one_check_runs_at_a_time_and_nobody_waits_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    going_on = threading.Event()
    book = Rulebook((), {}, "small", {})
    monkeypatch.setattr(drafts, "judge_draft", lambda *_: going_on.wait())
    monkeypatch.setattr(drafts, "JUDGING_SECONDS", 0.01)

    async def check() -> None:
        judging = Judging()
        with pytest.raises(TryAgainError, match="takes too long"):
            await judging.settle(wanting("a"), book)
        with pytest.raises(TryAgainError, match="under way"):
            await judging.settle(wanting("b"), book)
        assert await judging.settle(Drafts(), book) is False
        going_on.set()

    asyncio.run(check())
