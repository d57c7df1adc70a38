"""What fields held before is history: nobody changes it, it can be forgotten, and readers see it of whom they may."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import func, insert, literal, select, text, update
from sqlalchemy.exc import DBAPIError

from server.domain.access import Sight
from server.engine.facts import Kind, Ref
from server.store.database import Store, open_store
from server.store.declared_tables import field_changes
from server.store.tables import acts, matches, personas, sites, status_changes, users
from server.store.visibility import changes_seen
from tests.services.club import Club
from tests.services.school import School
from tests.store.test_row_security import announced
from tests.store.test_visibility import SIGHTS, numbers, pairs

_KEY = ("act_id", "subject_kind", "subject_id", "field")
CHANGED = (
    "UPDATE field_changes SET after = '[\"x\"]'",
    "UPDATE field_changes SET before = NULL",
    "UPDATE field_changes SET subject_id = 99, before = NULL, after = NULL",
    "UPDATE field_changes SET field = 'x', before = NULL, after = NULL",
    "UPDATE field_changes SET act_id = 1, before = NULL, after = NULL",
    "DELETE FROM field_changes",
    "INSERT INTO field_changes SELECT * FROM field_changes WHERE true"
    " ON CONFLICT (act_id, subject_kind, subject_id, field) DO UPDATE SET after = '[\"x\"]'",
)
FOR_ONE = {
    "postgresql": ("TRUNCATE field_changes", "SET session_replication_role = replica; DELETE FROM field_changes"),
    "sqlite": ("REPLACE INTO field_changes SELECT * FROM field_changes",),
}


@pytest.fixture
def badged(store: Store) -> tuple[Club, Ref]:
    """Ann, whose badge was A-1 and is A-2."""
    club = Club(store)
    ann, _ = club.join("ann", "MENTOR")
    for badge in ("A-1", "A-2"):
        club.set(ann, badge=(badge,))
    return club, ann


def kept(club: Club) -> list[tuple[Any, ...]]:
    wanted = select(field_changes).order_by(field_changes.c.act_id)
    return club.store.query_now(lambda s: [tuple(row) for row in s.connection.execute(wanted)])


def run(life: Club | School, statement: Any) -> None:
    life.store.mutate_now(lambda s: s.act(lambda work: work.connection.execute(statement)))


def test_nothing_of_it_can_be_changed(badged: tuple[Club, Ref]) -> None:
    club, _ = badged
    before = kept(club)
    assert [row[-2:] for row in before] == [([], ["A-1"]), (["A-1"], ["A-2"])]
    dialect = club.store.query_now(lambda s: s.connection.dialect.name)
    for attempt in (*CHANGED, *FOR_ONE[dialect]):
        with pytest.raises(DBAPIError, match="history is append-only"):
            run(club, text(attempt))
    assert kept(club) == before


def test_it_can_be_forgotten(badged: tuple[Club, Ref]) -> None:
    club, _ = badged
    before = kept(club)
    run(club, update(field_changes).values(before=None, after=None))
    assert kept(club) == [(*row[:-2], None, None) for row in before]


@pytest.fixture
def watched(postgres_url: str, new_school: Callable[[Store], School]) -> Iterator[School]:
    """The school, where one act, the first registration, set a field of everybody, every persona, pair and site."""
    store = open_store(postgres_url)
    school = new_school(store)
    act = first_act(school)
    of = {Kind.USER: users, Kind.PERSONA: personas, Kind.PAIR: matches, Kind.SITE: sites}
    for kind, table in of.items():
        refs = select(literal(act), literal(kind.value), table.c.id, literal("field"))
        run(school, insert(field_changes).from_select(_KEY, refs))
    yield school
    store.close()


def first_act(school: School) -> int:
    """The act that registered Ann."""
    of_ann = (status_changes.c.subject_kind == "user") & (status_changes.c.subject_id == school.ann.user.id)
    wanted = select(func.min(status_changes.c.act_id)).where(of_ann)
    return school.store.query_now(lambda s: s.connection.scalars(wanted).one())


def acts_told(school: School, sight: Sight) -> set[int]:
    return announced(school, sight, lambda s: set(s.connection.scalars(select(acts.c.id))))


@pytest.mark.parametrize("whose", SIGHTS)
def test_postgresql_shows_readers_those_of_whom_they_see_the_history(watched: School, whose: str) -> None:
    sight, full, _, shown = SIGHTS[whose]
    own_sites = watched.sites.values() if whose == "everything" else sight(watched).site_ids & {*watched.sites.values()}
    seen = {
        *((Kind.USER, number) for number in numbers(watched, Kind.USER, full)),
        *((Kind.PERSONA, number) for number in numbers(watched, Kind.PERSONA, full)),
        *((Kind.PAIR, number) for number in pairs(watched, shown)),
        *((Kind.SITE, number) for number in own_sites),
    }
    subjects = select(field_changes.c.subject_kind, field_changes.c.subject_id)
    told = announced(watched, sight(watched), lambda s: {tuple(row) for row in s.connection.execute(subjects)})
    assert told == {(kind.value, number) for kind, number in seen}
    # The act that set them is seen with them, for it says when that was.
    assert (first_act(watched) in acts_told(watched, sight(watched))) == bool(seen)


def test_an_act_that_set_nothing_of_whom_one_sees_stays_hidden(watched: School) -> None:
    sight = Sight(user_id=watched.gus.user.id)
    own = select(status_changes.c.act_id).where(changes_seen(sight))
    wanted = watched.store.query_now(lambda s: set(s.connection.scalars(own)))
    assert acts_told(watched, sight) == wanted | {first_act(watched)}
