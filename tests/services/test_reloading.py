"""What a process does with an edit: what comes into force, what is said of it, and what is counted."""

import asyncio
import io
import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest
from sqlalchemy import select

from server.domain.commands import Options, Registration
from server.domain.errors import TryAgainError
from server.domain.revisions import Activator, Cause
from server.engine.facts import Kind, Ref
from server.rules.files import RuleFile, RuleFiles
from server.rules.loader import load_text
from server.services.changes import Changes
from server.services.in_force import InForce
from server.services.people import People
from server.services.reloading import Reloading
from server.services.rulebook import open_rulebook
from server.store.database import Session, Store, open_store
from server.store.tables import users
from server.telemetry.logs import open_log
from tests.rules.builders import completed
from tests.services.school import ANYBODY, START

T = TypeVar("T")
GOOD, BETTER = completed("title: Good\n"), completed("title: Better\n")
OVERLAY = "extends: small\nprogram: one\ntitle: One\n"


class Following:
    """A process that is told of edits one by one."""

    def __init__(self, store: Store) -> None:
        self.store, self.said, self.counted, self.now = store, io.StringIO(), list[str](), START
        rulesets = load_text(GOOD, "rules.yaml", {"one": OVERLAY}).rulesets
        self.in_force = InForce(store.mutate_now(lambda session: open_rulebook(session, rulesets, START)))
        self.reloading = Reloading(
            Path("rules.yaml"),
            RuleFiles(RuleFile("rules.yaml")),
            store,
            self.in_force,
            clock=lambda: self.now,
            log=open_log(self.said, colours=False),
            by=Activator(Cause.FILES, "here:1"),
            count=lambda outcome: self.counted.append(outcome.value),
        )

    def edit(self, base: str, one: str = OVERLAY) -> list[Any]:
        """Saves the files; what is said of it."""
        self.said.seek(0)
        self.said.truncate()
        files = RuleFiles(RuleFile("rules.yaml", base.encode()), {"one": RuleFile("one.yaml", one.encode())})
        asyncio.run(self.reloading.take(files))
        return [json.loads(line) for line in self.said.getvalue().splitlines()]

    def again(self) -> list[Any]:
        """Lets it look once more at what it could not take; what is said of it."""
        self.said.seek(0)
        self.said.truncate()
        asyncio.run(self.reloading.again())
        return [json.loads(line) for line in self.said.getvalue().splitlines()]

    def titles(self) -> dict[str, str]:
        return {key: ruleset.title for key, ruleset in self.in_force.rulebook.rulesets().items()}

    def revision(self, key: str = "small") -> str:
        return self.in_force.rulebook.rulesets()[key].revision


@pytest.fixture
def following(sqlite_url: str) -> Iterator[Following]:
    store = open_store(sqlite_url)
    yield Following(store)
    store.close()


def test_an_edit_is_told_by_its_revisions_and_counted(following: Following) -> None:
    before = {key: following.revision(key) for key in ("small", "one")}
    (line,) = following.edit(BETTER)
    assert line["event"] == "rules taken into force"
    assert line["programs"] == {key: f"{old} -> {following.revision(key)}" for key, old in before.items()}
    assert following.titles() == {"small": "Better", "one": "One"}
    assert following.counted == ["taken"]


def test_a_broken_edit_is_told_once_with_its_first_reason_and_how_many_more(following: Following) -> None:
    before = following.in_force.rulebook.rulesets()
    (line,) = following.edit(completed("title: 5\nacts: 6\n"))
    assert (line["event"], line["level"]) == ("rules refused", "error")
    assert line["first"].startswith("rules.yaml:1:8: wrong-type: title must be a text")
    assert line["more"] == len(following.in_force.rulebook.problems("small")) - 1 > 0
    assert following.in_force.rulebook.rulesets() == before
    assert following.counted == ["refused"]
    (line,) = following.edit(GOOD)
    assert line["event"] == "the rules files say again what is in force"
    assert following.in_force.rulebook.problems("small") == ()


def test_an_edit_may_be_taken_for_one_program_and_refused_for_another(following: Following) -> None:
    taken, refused = following.edit(BETTER, one="[")
    assert list(taken["programs"]) == ["small"]
    assert refused["first"].startswith("one.yaml:1:2: yaml-syntax")
    assert following.titles() == {"small": "Better", "one": "One"}
    assert following.counted == ["taken", "refused"]


def test_what_the_database_does_not_take_is_not_in_force(following: Following, monkeypatch: Any) -> None:
    async def busy(work: Callable[[Session], T]) -> T:
        raise TryAgainError("The database is busy.")

    before = following.in_force.rulebook
    monkeypatch.setattr(following.store, "mutate", busy)
    with pytest.raises(TryAgainError):
        following.edit(BETTER)
    assert following.in_force.rulebook is before
    monkeypatch.undo()
    assert [line["event"] for line in following.edit(BETTER)] == ["rules taken into force"]


def test_an_edit_that_would_strand_people_is_refused_for_their_program_only_until_it_says_where_they_go(
    following: Following,
) -> None:
    put_somebody_into(following, "one")
    text = completed(WITHOUT_NEW)
    taken, refused = following.edit(text)
    assert list(taken["programs"]) == ["small"]
    assert refused["first"] == (
        "rules.yaml:5:5: stranded: 1 person in New would be in no status: these rules have no NEW in user_status"
    )
    assert following.counted == ["taken", "refused"]
    before = following.revision("one")
    (problem,) = following.in_force.rulebook.problems("one")
    assert (problem.hint, problem.excerpt) == (
        "say where they go: moved: {user_status: {NEW: ...}}, with one of READY",
        "    statuses: {READY: {label: Ready, category: STEP}}",
    )
    assert following.in_force.rulebook.problems("small") == ()
    (taken,) = following.edit(text, one=OVERLAY + "moved: {user_status: {NEW: READY}}\n")
    assert taken["programs"] == {"one": f"{before} -> {following.revision('one')}"}
    assert following.in_force.rulebook.problems("one") == ()
    status = following.store.query_now(lambda session: session.connection.scalar(select(users.c.user_status)))
    assert status == "READY"


def test_an_edit_that_waits_for_people_comes_into_force_as_soon_as_they_have_gone_on(following: Following) -> None:
    put_somebody_into(following, "small")
    before = following.revision()
    following.edit(completed(WITHOUT_NEW))
    assert following.revision() == before
    assert following.again() == []
    approve = Changes(following.in_force.rulebook, lambda: START).perform
    somebody = Ref(Kind.USER, 1)
    following.store.mutate_now(
        lambda session: approve(session, ANYBODY, "approve", somebody, answers={}, options=Options())
    )
    (taken,) = following.again()
    assert taken["programs"] == {"small": f"{before} -> {following.revision()}"}
    assert following.in_force.rulebook.problems("small") == ()
    assert following.counted == ["taken", "refused", "taken"]
    assert following.again() == []


WITHOUT_NEW = """\
machines:
  user_status:
    label: User Status
    start: READY
    statuses: {READY: {label: Ready, category: STEP}}
  persona_status: {label: P, start: NEW, statuses: {NEW: {label: New, category: STEP}}}
  match_status: {label: M, start: FREE, statuses: {FREE: {label: F, category: STEP}, TAKEN: {label: T, category: STEP}}}
  pair_status:
    label: Pair Status
    start: OPEN
    statuses: {OPEN: {label: Open, category: STEP, counts: open}, OVER: {label: Over, category: STEP}}
transitions:
  take: {machine: match_status, label: Take, from: FREE, to: TAKEN, allow: [SYSTEM]}
  join: {machine: pair_status, label: Join, creates: pair, to: OPEN, allow: [STAFF], then: [{each: sides, fire: take}]}
  end: {machine: pair_status, label: End, from: OPEN, to: OVER, allow: [STAFF]}
"""


def put_somebody_into(following: Following, program: str) -> None:
    people, robin = People(following.in_force.rulebook, lambda: START), Registration("MENTOR", "R", "r@e.org", program)
    following.store.mutate_now(lambda session: people.register(session, ANYBODY, robin, Options()))


def test_a_program_that_an_edit_does_not_touch_is_under_its_rules_since_before(following: Following) -> None:
    following.now += timedelta(hours=1)
    following.edit(GOOD, one=OVERLAY.replace("One", "Uno"))
    book = following.in_force.rulebook
    since = {program.key: book.loaded_at(program.id) for program in book.programs}
    assert since == {"small": START, "one": START + timedelta(hours=1)}
