"""Reading history."""

from datetime import timedelta

import pytest

from server.domain.filters import HistoryFilter, Total, Window
from server.engine.facts import Kind
from server.store import history
from server.store.history import changes_caused_by, changes_of, changes_page, changes_total, totals_of
from tests.store.builders import GOODBYE, NOW, World, counting_statements


@pytest.fixture
def told(world: World) -> World:
    """One closed and one open match, and somebody who only registered."""
    match, _, _ = world.matched()
    world.act("close_match", match, answers=GOODBYE)
    world.matched()
    world.register()
    return world


def listed(world: World, **criteria) -> list[int]:
    narrowed = HistoryFilter(**criteria)
    page = world.read(changes_page, world.program.id, narrowed, Window(100))
    assert world.read(changes_total, world.program.id, narrowed) == Total(len(page.rows), False)
    return [change.id for change in page.rows]


def test_history_pages_both_ways_in_the_order_of_commits(told: World) -> None:
    every = listed(told)
    assert every == list(range(1, len(every) + 1))
    for backwards in (False, True):
        found: list[int] = []
        cursor = None
        while True:
            window = Window(4, before=cursor, backwards=True) if backwards else Window(4, after=cursor)
            page = told.read(changes_page, told.program.id, HistoryFilter(), window)
            ids = [change.id for change in page.rows]
            found = [*ids, *found] if backwards else [*found, *ids]
            if not (page.has_previous if backwards else page.has_next):
                break
            cursor = page.keys[0] if backwards else page.keys[-1]
        assert found == every


def test_history_is_narrowed_by_each_criterion(told: World) -> None:
    page = told.read(changes_page, told.program.id, HistoryFilter(), Window(100)).rows

    def expected(holds) -> list[int]:
        return [change.id for change in page if holds(change)]

    assert listed(told, machine_in=("pair_status",)) == expected(lambda c: c.machine == "pair_status") != []
    assert listed(told, to_in=("RTBM", "CLOSED")) == expected(lambda c: c.after in {"RTBM", "CLOSED"}) != []
    assert listed(told, transition_in=("match",)) == expected(lambda c: c.transition == "match") != []
    assert listed(told, subjects=(("persona", 1), ("user", 2), ("persona", 2))) == expected(
        lambda c: (c.kind, c.subject_id) in {("persona", 1), ("user", 2), ("persona", 2)}
    )
    assert listed(told, subjects=()) == []
    moment = NOW + timedelta(minutes=5)
    assert listed(told, since=moment) == expected(lambda c: c.effective_at >= moment) != listed(told)
    assert listed(told, until=moment) == expected(lambda c: c.effective_at <= moment) != listed(told)
    assert listed(told, machine_in=("match_status",), to_in=("CLOSED",)) == expected(
        lambda c: c.machine == "match_status" and c.after == "CLOSED"
    )
    assert told.read(changes_total, 999, HistoryFilter()) == Total(0, False)


def test_what_a_change_brought_about(told: World) -> None:
    root = listed(told, transition_in=("close_match",))[0]
    found = told.read(changes_caused_by, [root, 1, 9999])
    assert [(change.transition, change.caused_by) for change in found[root]] == [("become_closed", root)] * 2
    assert [(change.kind, change.machine) for change in found[1]] == [
        (Kind.PERSONA, "persona_status"),
        (Kind.PERSONA, "match_status"),
    ]
    assert found[9999] == []


def test_the_window_of_each_record_is_its_own(told: World) -> None:
    every = told.read(changes_page, told.program.id, HistoryFilter(), Window(100)).rows
    own = {number: [c.id for c in every if (c.kind, c.subject_id) == (Kind.PERSONA, number)] for number in (1, 2, 5)}
    assert len(own[1]) == 5
    assert len(own[5]) == 2

    for limit in (1, 2, 100):
        first = told.read(changes_of, Kind.PERSONA, [1, 2, 5, 999], Window(limit))
        last = told.read(changes_of, Kind.PERSONA, [1, 2, 5, 999], Window(limit, backwards=True))
        for number in (1, 2, 5):
            assert [c.id for c in first[number].rows] == own[number][:limit]
            assert first[number].has_next is (len(own[number]) > limit)
            assert [c.id for c in last[number].rows] == own[number][-limit:]
            assert last[number].has_previous is (len(own[number]) > limit)
        assert list(first[999].rows) == list(last[999].rows) == []

    after = told.read(changes_of, Kind.PERSONA, [1], Window(2, after=(own[1][1],)))[1]
    assert [c.id for c in after.rows] == own[1][2:4]
    assert (after.keys, after.has_previous) == ([(own[1][2],), (own[1][3],)], True)
    before = told.read(changes_of, Kind.PERSONA, [1], Window(2, before=(own[1][2],), backwards=True))[1]
    assert [c.id for c in before.rows] == own[1][:2]


def test_the_totals_of_each_record(told: World, monkeypatch: pytest.MonkeyPatch) -> None:
    assert told.read(totals_of, Kind.PERSONA, [1, 5, 999]) == {
        1: Total(5, False),
        5: Total(2, False),
        999: Total(0, False),
    }
    monkeypatch.setattr(history, "COUNT_LIMIT", 3)
    assert told.read(totals_of, Kind.PERSONA, [1, 5]) == {1: Total(3, True), 5: Total(2, False)}


@pytest.mark.parametrize("ids", [[1], list(range(1, 51))])
def test_one_record_and_fifty_take_one_statement_each(told: World, ids: list[int]) -> None:
    for read in (lambda c: changes_of(c, Kind.USER, ids, Window(5)), lambda c: totals_of(c, Kind.USER, ids)):
        with counting_statements() as seen:
            assert set(told.read(read)) == set(ids)
        assert len([statement for statement in seen if statement != "BEGIN"]) == 1


def test_a_record_asked_for_twice_is_told_once(told: World) -> None:
    found = told.read(changes_of, Kind.USER, [1, 1], Window(100))
    ids = [change.id for change in found[1].rows]
    assert ids == sorted(set(ids))
