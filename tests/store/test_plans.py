"""The database finds what it needs by an index: no list reads a whole table or sorts what it has found."""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from shutil import copyfile
from typing import Any

import pytest
from sqlalchemy import Engine, event, make_url

from server.domain.access import EVERYTHING
from server.domain.filters import (
    HistoryFilter,
    MatchFilter,
    MessageFilter,
    PersonaFilter,
    UserFilter,
    UserOrder,
    UserOrderField,
    Window,
)
from server.engine.facts import Kind, Ref, kind_of
from server.engine.narrowing import necessary, suspected
from server.rules.loader import load_rules
from server.store import cases, history, matches, messages, outbox, personas, users
from server.store.breaches import Suspicion, suspects
from server.store.columns import microseconds
from server.store.finding import Asker, Narrowing
from server.store.former_values import values_at
from server.store.sqlite import SqliteStore
from tests.rules.builders import SHIPPED
from tests.store.builders import NOW, World

RULES = load_rules(SHIPPED).rulesets["default"]
LATER = NOW + timedelta(days=1)
CURSOR = {
    UserOrderField.CREATED_AT: (microseconds(NOW), 5),
    UserOrderField.NAME: ("m", 5),
    UserOrderField.STATUS_CHANGED_AT: (microseconds(NOW), 5),
}


@pytest.fixture(scope="module")
def world(sqlite_template, tmp_path_factory) -> Iterator[World]:
    """SQLite knows nothing of the sizes here, so that its choices do not hang on them."""
    file = tmp_path_factory.mktemp("plans") / "plans.db"
    copyfile(sqlite_template, file)
    store = SqliteStore(make_url(f"sqlite:///{file}"))
    yield World(store)
    store.close()


def plans(world: World, read: Any) -> list[str]:
    """The steps of every statement that ``read`` runs."""
    statements: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_more: Any) -> None:
        statements.append((statement, parameters))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        world.read(read)
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    asked = [(statement, parameters) for statement, parameters in statements if statement != "BEGIN"]
    assert asked

    def explain(connection: Any) -> list[str]:
        return [
            row[3]
            for statement, parameters in asked
            for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
        ]

    return world.read(explain)


def bad(steps: list[str]) -> list[str]:
    """Steps that grow with the table: scans of a table, and sorting."""
    return [step for step in steps if "TEMP B-TREE FOR ORDER" in step or scans([step])]


def scans(steps: list[str]) -> list[str]:
    """Steps that read a whole table; what a statement has found itself may be read whole."""
    harmless = ("SCAN each", "SCAN (subquery", "SCAN asked", "SCAN CONSTANT", "SCAN anon", "SCAN every")
    return [step for step in steps if step.startswith("SCAN ") and not step.startswith(harmless)]


@pytest.mark.parametrize("field", list(UserOrderField))
@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("narrowed", [UserFilter(), UserFilter(status_in=("ACTIVE",)), UserFilter(role="MENTOR")])
def test_lists_of_users(world: World, field: UserOrderField, descending: bool, narrowed: UserFilter) -> None:
    for window in (Window(), Window(after=CURSOR[field]), Window(before=CURSOR[field], backwards=True)):
        order = UserOrder(field, descending)
        assert bad(plans(world, lambda c, w=window, o=order: users.users_page(c, 1, narrowed, o, w))) == []


@pytest.mark.parametrize(
    "narrowed",
    [
        PersonaFilter(),
        PersonaFilter(role="MENTOR"),
        PersonaFilter(match_status_in=("RTBM",)),
        PersonaFilter(role="MENTOR", match_status_in=("RTBM",)),
        PersonaFilter(status_in=("ACTIVE",)),
        PersonaFilter(mentor_site_list="A"),
        PersonaFilter(site_id=1),
        PersonaFilter(user_status_in=("ACTIVE",)),
    ],
)
def test_lists_of_personas(world: World, narrowed: PersonaFilter) -> None:
    for window in (Window(), Window(after=(5,)), Window(before=(5,), backwards=True)):
        assert bad(plans(world, lambda c, w=window: personas.personas_page(c, 1, narrowed, w))) == []


@pytest.mark.parametrize("transition", ["activate", "match", "make_rtbm", "close_match"])
def test_lists_narrowed_to_whom_something_may_be_possible_on(world: World, transition: str) -> None:
    way = RULES.transitions[transition]
    condition = necessary(RULES, way, frozenset({"SITE_STAFF"}), has_record=False)
    only = Narrowing(Asker(1, RULES, None, NOW), condition)
    pages = {
        Kind.USER: lambda c: users.users_page(c, 1, UserFilter(), UserOrder(), Window(), narrowing=only),
        Kind.PERSONA: lambda c: personas.personas_page(c, 1, PersonaFilter(), Window(), narrowing=only),
        Kind.PAIR: lambda c: matches.matches_page(c, 1, MatchFilter(), Window(), narrowing=only),
    }
    assert bad(plans(world, pages[kind_of(RULES.ends(way)[0])])) == []


@pytest.mark.parametrize(
    "narrowed",
    [
        MatchFilter(),
        MatchFilter(status_in=("OPEN",)),
        MatchFilter(status_not_in=("DELETED",)),
    ],
)
def test_lists_of_matches(world: World, narrowed: MatchFilter) -> None:
    for window in (Window(), Window(after=(5,)), Window(before=(5,), backwards=True)):
        assert bad(plans(world, lambda c, w=window: matches.matches_page(c, 1, narrowed, w))) == []


@pytest.mark.parametrize(
    "narrowed",
    [
        HistoryFilter(),
        HistoryFilter(machine_in=("m",)),
        HistoryFilter(to_in=("A",)),
        HistoryFilter(transition_in=("t",)),
        HistoryFilter(subjects=(("user", 1),)),
    ],
)
def test_lists_of_history(world: World, narrowed: HistoryFilter) -> None:
    for window in (Window(), Window(after=(5,)), Window(before=(5,), backwards=True)):
        assert bad(plans(world, lambda c, w=window: history.changes_page(c, 1, narrowed, w))) == []


@pytest.mark.parametrize(
    "narrowed",
    [
        MessageFilter(),
        MessageFilter(state_in=("FAILED",)),
        MessageFilter(channel_in=("email",)),
        MessageFilter(template_in=("welcome",)),
        MessageFilter(recipient_id=1),
    ],
)
def test_lists_of_messages(world: World, narrowed: MessageFilter) -> None:
    for window in (Window(), Window(after=(5,)), Window(before=(5,), backwards=True)):
        assert bad(plans(world, lambda c, w=window: messages.messages_page(c, 1, narrowed, w))) == []


@pytest.mark.parametrize(
    "read",
    [
        lambda c: history.changes_of(c, Kind.USER, [1, 2], Window(5)),
        lambda c: history.changes_of(c, Kind.USER, [1, 2], Window(5, before=(9,), backwards=True)),
        lambda c: history.totals_of(c, Kind.USER, [1, 2]),
        lambda c: history.changes_by_ids(c, [1, 2]),
        lambda c: history.changes_caused_by(c, [1]),
        lambda c: history.changes_of_act(c, [1]),
        lambda c: users.users_by_ids(c, [1, 2]),
        lambda c: users.user_by_email(c, 1, "a@example.org"),
        lambda c: users.user_by_external_id(c, 1, "X"),
        lambda c: personas.personas_of_users(c, [1, 2]),
        lambda c: matches.matches_of_personas(c, [1, 2]),
        lambda c: matches.matches_by_ids(c, [1, 2]),
        lambda c: messages.messages_by_ids(c, [1, 2]),
        lambda c: outbox.is_due(c, ("email", "webhook"), NOW),
        lambda c: outbox.is_waiting(c, "email"),
    ],
)
def test_reads_of_relatives(world: World, read: Any) -> None:
    assert bad(plans(world, read)) == []


@pytest.mark.parametrize("kind", list(Kind))
def test_the_facts_of_a_case(world: World, kind: Kind) -> None:
    assert bad(plans(world, lambda c: cases.facts(c, world.rules, [Ref(kind, 1), Ref(kind, 2)], LATER))) == []


def test_whoever_may_break_an_invariant(world: World) -> None:
    asker = Asker(1, load_rules(SHIPPED).rulesets["default"], None, NOW)
    asked = [(kind_of(each.on), suspected(asker.ruleset, each)) for each in asker.ruleset.invariants]
    suspicions = [Suspicion(kind, where) for kind, where in asked if where is not None]
    assert len(suspicions) == len(asked) > 3
    assert (
        scans(plans(world, partial(suspects, asker=asker, suspicions=suspicions, after=0, limit=9, sight=EVERYTHING)))
        == []
    )


def test_what_fields_held(world: World) -> None:
    assert scans(plans(world, lambda c: values_at(c, [Ref(Kind.USER, 1)], NOW))) == []


def test_the_check_itself_notices_a_scan(world: World) -> None:
    assert bad(plans(world, lambda c: c.exec_driver_sql("SELECT * FROM users ORDER BY search_text"))) == [
        "SCAN users",
        "USE TEMP B-TREE FOR ORDER BY",
    ]
