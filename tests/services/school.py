"""A program with two sites and people in every relation to them, under the shipped rules."""

from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import Table, insert, select, text

from server.domain.actors import Caller
from server.domain.commands import Applied, Options, Registration
from server.domain.vocabulary import MENTEE, MENTOR
from server.engine.facts import Ref
from server.engine.ruleset import OWNER, Ruleset
from server.services.changes import Changes
from server.services.offers import Offers
from server.services.people import People, Placement
from server.services.reading import Reader, Reading
from server.services.rulebook import open_rulebook
from server.store.correction_tables import metadata
from server.store.sessions import Session, Store
from server.store.tables import acts, matches, personas, sites, status_changes, users
from server.store.unit_of_work import UnitOfWork
from tests.shipped import RULES

START = datetime(2026, 1, 1, 12, tzinfo=UTC)
ANYBODY = Caller("Olga Owner", frozenset({OWNER}))
GOODBYE = {"close_reason": "LENGTH", "mentor_rematch": "YES", "mentee_rematch": "YES"}
WRITTEN = (users, personas, matches, status_changes, acts, sites)
T = TypeVar("T")
Rows = Mapping[Table, list[dict[str, Any]]]

_GO_ON = text("SELECT setval(pg_get_serial_sequence(:table, 'id'), :last)")
"""PostgreSQL counts beside its tables."""


@dataclass(frozen=True)
class Person:
    """A person and the first persona."""

    user: Ref
    persona: Ref
    role: str


class School:
    """Sites ``north`` and ``south``.

    ann (mentor) and eve (mentee): both north, matched. bob (mentor, north) and sid (mentee, south):
    matched across. cat (mentor) and dan (mentee): both south, matched. gus: a mentor never placed.
    hal: a mentor first south, now north with a later persona.
    """

    rules: Mapping[str, Ruleset] = RULES

    def __init__(self, store: Store, rules: Mapping[str, Ruleset] | None = None) -> None:
        self.store = store
        self.now = START
        self.book = store.mutate_now(lambda session: open_rulebook(session, rules or self.rules, START))
        self.program = self.book.programs[0].id
        self.other = self.book.programs[-1].id
        self._open()
        self.sites = {key: self.act(self.people.add_site, None, key, key.title()).id for key in ("north", "south")}
        self.ann, self.eve = self.ready("ann", MENTOR, "north"), self.ready("eve", MENTEE, "north")
        self.bob, self.sid = self.ready("bob", MENTOR, "north"), self.ready("sid", MENTEE, "south")
        self.cat, self.dan = self.ready("cat", MENTOR, "south"), self.ready("dan", MENTEE, "south")
        self.gus = self.ready("gus", MENTOR, None)
        self.inner = self.match(self.ann, self.eve)
        self.across = self.match(self.bob, self.sid)
        self.outer = self.match(self.cat, self.dan)
        self.hal = self.register("hal", MENTOR, "south")
        self.hals_second = self.add("hal", self.hal, MENTOR, "north")

    def _open(self) -> None:
        self.people, self.changes = People(self.book, self.clock), Changes(self.book, self.clock)
        self.offers = Offers(self.book, self.clock)

    def rows(self) -> Rows:
        """Everything that is in the database."""

        def work(session: Session) -> Rows:
            found = {
                table: session.connection.execute(select(table)).mappings().all() for table in metadata.sorted_tables
            }
            return {table: [dict(row) for row in rows] for table, rows in found.items() if rows}

        return self.store.query_now(work)

    def moved_to(self, store: Store, rows: Rows) -> "School":
        """The same school in an empty database: its rows are copied, which is quicker than living through it again."""

        def fill(work: UnitOfWork) -> None:
            for table, found in rows.items():
                work.connection.execute(insert(table), found)
                if work.connection.dialect.name == "postgresql" and "id" in table.c:
                    work.connection.execute(_GO_ON, {"table": table.name, "last": found[-1]["id"]})

        store.mutate_now(lambda session: session.act(fill))
        twin = copy(self)
        twin.store = store
        twin._open()
        return twin

    def clock(self) -> datetime:
        self.now += timedelta(minutes=1)
        return self.now

    def act(self, act: Callable[..., T], *given: Any, by: Caller = ANYBODY, **named: Any) -> T:
        return self.store.mutate_now(lambda session: act(session, by, *given, **named))

    def register(self, name: str, role: str, site: str | None = None) -> Person:
        asked = Registration(role, name, f"{name}@example.org", external_id=f"no-{name}", partner_site=site)
        done = self.act(self.people.register, asked, Options(note=f"note on {name}"))
        return Person(*done.created, role)

    def add(self, name: str, person: Person, role: str, site: str | None = None) -> Ref:
        """A further persona; a first one in the same role is set aside for it."""
        if role == person.role:
            confirmed = Options(confirm=frozenset({"CUTS_COMMUNICATION"}))
            self.perform("inactivate_persona", person.persona, options=confirmed)
        done = self.act(self.people.add_persona, person.user, role, Placement(site), options=Options(note=name))
        return done.created[0]

    def ready(self, name: str, role: str, site: str | None) -> Person:
        person = self.register(name, role, site)
        for transition in ("finish_application", "activate"):
            self.perform(transition, person.user)
        return person

    def match(self, mentor: Person, mentee: Person) -> Ref:
        return self.perform("match", mentor.persona, partner=mentee.persona).created[0]

    def perform(self, transition: str, subject: Ref, *, by: Caller = ANYBODY, **named: Any) -> Applied:
        given = {"answers": {}, "options": Options(), **named}
        return self.act(self.changes.perform, transition, subject, by=by, **given)

    def caller(self, *roles: str, site: str | None = None, person: Person | None = None) -> Caller:
        """Somebody with these roles in the program."""
        user = person.user.id if person else None
        return Caller("Sam", frozenset(roles), user, self.program, self.sites[site] if site else None)

    @property
    def north(self) -> Caller:
        return self.caller("SITE_STAFF", site="north")

    @property
    def south(self) -> Caller:
        return self.caller("SITE_STAFF", site="south")

    @property
    def office(self) -> Caller:
        return self.caller("PROGRAM_ADMIN")

    def oneself(self, person: Person) -> Caller:
        return self.caller("PARTICIPANT", person=person)

    def read(self, caller: Caller, ask: Callable[[Reader], T]) -> T:
        def work(session: Session) -> T:
            return ask(Reading(self.book, self.now).reader(session, caller))

        return self.store.query_now(work)

    def everybody(self) -> dict[str, Person]:
        return {name: getattr(self, name) for name in ("ann", "eve", "bob", "sid", "cat", "dan", "gus", "hal")}

    def dump(self) -> Any:
        """Everything that is written, to show that nothing was."""

        def work(session: Session) -> Any:
            return [session.connection.execute(select(table).order_by(table.c.id)).all() for table in WRITTEN]

        return self.store.query_now(work)
