"""The demo data: made by running the rules, the same for everyone, and full of everything to look at."""

import ast
import json
import re
import shutil
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from server.domain.vocabulary import Acts
from server.engine.conditions import Condition
from server.engine.facts import Facts, Kind, Ref, Situation
from server.engine.paths import Scope
from server.engine.ruleset import Ruleset
from server.rules.loader import LoadedRules, load_text
from server.services import demo
from server.services.demo import DemoSummary, HasPeopleError, Skipped, seed_demo
from server.services.rulebook import Rulebook, open_rulebook
from server.store.cases import facts
from server.store.database import Store, open_store
from tests.conftest import DEMO_SOWN, DEMO_TOLD
from tests.shipped import LOADED, RULES, RULES_FILE

ROOT = Path(__file__).parents[2]
NOON = DEMO_SOWN
BASE, SECOND = 1, 2


class Seeded:
    """A database with demo data, still open, and what was told of it."""

    def __init__(self, store: Store, rulebook: Rulebook, path: Path, summary: DemoSummary) -> None:
        self.store, self.rulebook, self.path, self.summary = store, rulebook, path, summary

    def rows(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        with sqlite3.connect(self.path) as connection:
            found = connection.execute(statement, values).fetchall()
        connection.close()
        return found

    def column(self, statement: str, *values: Any) -> list[Any]:
        return [row[0] for row in self.rows(statement, *values)]

    def dump(self) -> str:
        connection = sqlite3.connect(self.path)
        try:
            return "\n".join(connection.iterdump())
        finally:
            connection.close()


Seeding = Callable[..., Seeded]


@pytest.fixture(scope="session")
def seeding(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seeding]:
    """Seeds a copy of the empty database under the given rules."""
    stores: list[Store] = []

    def make(rules: LoadedRules | None = None, now: datetime = NOON, **options: Any) -> Seeded:
        path = tmp_path_factory.mktemp("seeded") / "demo.db"
        shutil.copyfile(sqlite_template, path)
        store = open_store(f"sqlite:///{path}")
        stores.append(store)
        rulesets = (rules or LOADED).rulesets
        rulebook = store.mutate_now(lambda session: open_rulebook(session, rulesets, now))
        return Seeded(store, rulebook, path, seed_demo(store, rulebook, **options))

    yield make
    for store in stores:
        store.close()


@pytest.fixture(scope="session")
def seeded(demo_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seeded]:
    path = tmp_path_factory.mktemp("sown") / "demo.db"
    shutil.copyfile(demo_database, path)
    store = open_store(f"sqlite:///{path}")
    rulebook = store.mutate_now(lambda session: open_rulebook(session, RULES, NOON))
    told = json.loads(demo_database.with_name(DEMO_TOLD).read_text(encoding="utf-8"))
    refusals = tuple(Skipped(**skipped) for skipped in told.pop("refusals"))
    yield Seeded(store, rulebook, path, DemoSummary(**told, refusals=refusals))
    store.close()


def test_the_shipped_rules_refuse_nothing_of_the_story(seeded: Seeded) -> None:
    assert seeded.summary.refusals == ()


def test_there_are_300_people_in_the_base_program_and_60_in_the_second(seeded: Seeded) -> None:
    assert seeded.rows("SELECT program_id, count(*) FROM users GROUP BY 1 ORDER BY 1") == [(BASE, 300), (SECOND, 60)]
    assert [program.key for program in seeded.rulebook.programs] == ["default", "post_secondary"]


def test_the_summary_counts_what_is_in_the_database(seeded: Seeded) -> None:
    counted = (seeded.summary.people, seeded.summary.matches, seeded.summary.acts)
    tables = ("users", "matches", "acts")
    assert counted == tuple(seeded.column(f"SELECT count(*) FROM {table}")[0] for table in tables)  # noqa: S608 - our own names


def test_every_status_of_every_machine_has_somebody_in_it(seeded: Seeded) -> None:
    tables = {Kind.USER: "users", Kind.PERSONA: "personas", Kind.PAIR: "matches"}
    missing = [
        (machine.key, status)
        for machine in seeded.rulebook.ruleset(BASE).machines.values()
        for status in machine.statuses
        if status not in seeded.column(f"SELECT {machine.key} FROM {tables[machine.owner]} WHERE program_id = {BASE}")  # noqa: S608 - our own names
    ]
    assert missing == []


@pytest.mark.parametrize(("program", "mentors", "mentees"), [(BASE, 24, 12), (SECOND, 3, 3)])
def test_mentors_and_mentees_of_the_same_site_wait_to_be_matched(
    seeded: Seeded, program: int, mentors: int, mentees: int
) -> None:
    ready = Counter(
        seeded.column(
            "SELECT role FROM personas JOIN users ON users.id = user_id WHERE personas.program_id = ?"
            " AND match_status = 'RTBM' AND persona_status = 'ACTIVE' AND user_status = 'ACTIVE' AND site_id > 0",
            program,
        )
    )
    assert ready["MENTOR"] >= mentors
    assert ready["MENTEE"] >= mentees


def test_whoever_is_ready_to_be_matched_can_be(seeded: Seeded) -> None:
    unfit = seeded.rows(
        "SELECT personas.id FROM personas JOIN users ON users.id = user_id"
        " WHERE match_status = 'RTBM' AND NOT (persona_status = 'ACTIVE' AND user_status = 'ACTIVE')"
    )
    assert unfit == []


def test_there_are_open_matches_of_this_season_and_closed_ones_of_both_before(seeded: Seeded) -> None:
    years = "SELECT strftime('%Y', opened_at / 1000000, 'unixepoch') FROM matches WHERE program_id = ? AND "
    opened = Counter(seeded.column(years + "pair_status = 'OPEN'", BASE))
    closed = Counter(seeded.column(years + "pair_status = 'CLOSED'", BASE))
    assert opened["2026"] >= 20
    assert min(closed["2024"], closed["2025"]) >= 20


def test_the_sites_are_there_and_are_used(seeded: Seeded) -> None:
    names = dict(seeded.rows("SELECT key, name FROM sites WHERE program_id = ?", BASE))
    used = seeded.column(
        "SELECT DISTINCT key FROM sites JOIN personas ON sites.id = site_id WHERE sites.program_id = 1"
    )
    assert names["lincoln"] == "Lincoln High School"
    assert names["riverside"] == "Riverside Academy"
    assert len(names) == 5
    assert set(used) == set(names)


def test_addresses_are_unique_and_nobodys(seeded: Seeded) -> None:
    addresses = seeded.column("SELECT email FROM users WHERE program_id = ?", BASE)
    assert len(set(addresses)) == 300
    assert [each for each in addresses if not re.fullmatch(r"[a-z]+\.[a-z]+@(mail\.)?example\.org", each)] == []


def test_mentees_have_numbers_as_schools_give_them(seeded: Seeded) -> None:
    numbers = seeded.column("SELECT external_id FROM users WHERE program_id = ? AND external_id IS NOT NULL", BASE)
    assert sorted(numbers) == [f"S-{number:04d}" for number in range(1, len(numbers) + 1)]
    assert len(numbers) > 100


def test_mentors_alone_are_on_site_lists(seeded: Seeded) -> None:
    assert seeded.column("SELECT DISTINCT role FROM personas WHERE mentor_site_list IS NOT NULL") == ["MENTOR"]


def test_history_has_several_steps_and_several_years(seeded: Seeded) -> None:
    first, last = seeded.rows("SELECT min(recorded_at), max(recorded_at) FROM acts")[0]
    longest = seeded.column("SELECT count(*) FROM personas GROUP BY user_id ORDER BY 1 DESC LIMIT 1")[0]
    assert datetime.fromtimestamp(first / 1e6, UTC).date().isoformat() == "2024-09-02"
    assert datetime.fromtimestamp(last / 1e6, UTC).date().isoformat() == "2026-11-13"
    assert longest >= 3


def test_history_is_in_the_order_of_time_and_some_of_it_was_entered_late(seeded: Seeded) -> None:
    moments = seeded.column("SELECT recorded_at FROM acts WHERE program_id = ? ORDER BY id", BASE)
    late = seeded.column("SELECT name FROM acts WHERE effective_at < recorded_at")
    assert moments == sorted(moments)
    assert set(late) == {"close_match"}


def test_every_act_that_the_base_rules_let_people_do_was_done(seeded: Seeded) -> None:
    ruleset = seeded.rulebook.ruleset(BASE)
    possible = {key for key, transition in ruleset.transitions.items() if transition.pressable} | set(ruleset.acts)
    done = set(seeded.column("SELECT DISTINCT name FROM acts WHERE program_id = ?", BASE))
    aside = {Acts.MANAGE_TOKENS, Acts.EDIT_RULES, Acts.CORRECT_HISTORY}
    assert possible - done == aside, "whoever runs the server makes tokens; checking rules leaves no trace"
    assert set(ruleset.events) <= done


@pytest.mark.parametrize("program", [BASE, SECOND])
def test_the_invariants_hold_for_everybody(seeded: Seeded, program: int) -> None:
    ruleset = seeded.rulebook.ruleset(program)
    everybody = [
        Ref(Kind.USER, number) for number in seeded.column("SELECT id FROM users WHERE program_id = ?", program)
    ]
    known: Facts = seeded.store.query_now(lambda session: facts(session.connection, ruleset, everybody, NOON))
    broken = [
        (invariant.key, ref)
        for invariant in ruleset.invariants
        for ref in known.records
        if ref.kind is invariant.on
        for role in (ruleset.roles if invariant.per_role else (None,))
        if holds(invariant.never, known, ref, role, ruleset)
    ]
    assert len(ruleset.invariants) > 0
    assert broken == []


def holds(condition: Condition, known: Facts, ref: Ref, role: str | None, ruleset: Ruleset) -> bool:
    situation = Situation(known)
    record = situation.record(ref)
    scope = Scope(situation, record, record, only_role=role, terms=ruleset.terms)
    return condition.holds(scope) is True


def without_starts(dump: str) -> list[str]:
    """A dump without the lines that say when rules were taken into force."""
    return [line for line in dump.splitlines() if not line.startswith('INSERT INTO "rule_activations"')]


@pytest.mark.proof
def test_postgresql_holds_the_same_history(seeded: Seeded, postgres_url: str) -> None:
    store = open_store(postgres_url)
    try:
        rulebook = store.mutate_now(lambda session: open_rulebook(session, RULES, NOON))
        assert seed_demo(store, rulebook, seed=7) == seeded.summary
        history = "SELECT id, act_id, subject_kind, subject_id, machine, after FROM status_changes ORDER BY id"
        told = store.query_now(lambda session: session.connection.exec_driver_sql(history).all())
    finally:
        store.close()
    assert [tuple(row) for row in told] == seeded.rows(history)


@pytest.mark.proof
def test_another_seed_makes_other_people_and_is_not_refused_either(seeded: Seeded, seeding: Seeding) -> None:
    other = seeding(seed=8)
    assert other.summary.refusals == ()
    names = "SELECT name FROM users ORDER BY id"
    assert other.column(names) != seeded.column(names)


def test_a_program_with_people_is_left_as_it_is(seeded: Seeded) -> None:
    before = seeded.dump()
    with pytest.raises(HasPeopleError, match="has people already"):
        seed_demo(seeded.store, seeded.rulebook)
    assert seeded.dump() == before


@pytest.mark.usefixtures("few_people")
def test_the_same_seed_makes_the_same_tables_whenever_it_is_sown(seeding: Seeding) -> None:
    once, again = seeding(seed=7), seeding(seed=7, now=datetime(2031, 1, 1, tzinfo=UTC))
    assert without_starts(again.dump()) == without_starts(once.dump())


@pytest.mark.usefixtures("few_people")
def test_rules_that_were_edited_refuse_what_they_refuse_and_the_story_goes_on(seeding: Seeding) -> None:
    text = RULES_FILE.read_text(encoding="utf-8").split("\nexamples:\n")[0]
    edited = text.replace("\n  not_matching:\n", "\n  set_aside:\n").replace(
        "close_comment, staff", "close_comment!, staff"
    )
    assert edited.count("close_comment!") == edited.count("set_aside:") == 1
    seen: list[tuple[int, int]] = []
    made = seeding(load_text(edited, "edited.yaml"), progress=lambda done, days: seen.append((done, days)))
    assert {skipped.act for skipped in made.summary.refusals} == {"not_matching"}
    assert made.column("SELECT count(*) FROM users") == [47]
    closings = made.column("SELECT count(*) FROM acts WHERE name = 'close_match'")[0]
    texts = made.column("SELECT texts FROM act_texts JOIN acts ON id = act_id WHERE name = 'close_match'")
    assert closings > 10
    assert all("close_comment" in each for each in texts)
    assert seen == sorted(seen)
    assert seen[-1] == (804, 804)


@pytest.mark.proof
def test_rules_that_leave_every_button_to_the_office_are_no_hindrance(seeding: Seeding) -> None:
    text = RULES_FILE.read_text(encoding="utf-8").split("\nexamples:\n")[0]
    edited = text.replace(", SITE_STAFF", "").replace("[PROGRAM_ADMIN]", "[SUPER_ADMIN]")
    made = seeding(load_text(edited, "edited.yaml"), seed=7)
    assert made.summary.refusals == ()
    assert made.column("SELECT count(*) FROM users") == [300]


def test_no_word_of_the_rules_stands_in_the_code() -> None:
    ruleset = RULES["default"]
    words = {*ruleset.transitions, *ruleset.events, *ruleset.inputs, *ruleset.actors}
    words |= {status for machine in ruleset.machines.values() for status in machine.statuses}
    modules = [Path(str(module)) for module in files(demo).iterdir() if module.name.endswith(".py")]
    found = [
        f"{module.name}: {node.value}"
        for module in modules
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and node.value in words
    ]
    assert len(modules) > 8
    assert found == []
