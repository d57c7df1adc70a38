"""A program with people in it, made by deciding and applying; every helper has defaults."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from sqlalchemy import Engine, event, func, select

from server.domain.history import Act
from server.domain.people import NewPersona, NewUser, Program, Site
from server.engine.decide import decide
from server.engine.facts import Facts, Kind, Ref
from server.engine.plan import Change, Plan, Request
from server.engine.ruleset import Ruleset
from server.store.apply import Written
from server.store.correction_tables import metadata
from server.store.database import Session, Store
from server.store.programs import sync_program
from server.store.unit_of_work import UnitOfWork
from tests.engine.flow import FLOW

NOW = datetime(2026, 9, 1, 12, 0, 0, 123456, tzinfo=UTC)
ADMIN = frozenset({"PROGRAM_ADMIN"})
NOBODY = Ref(Kind.USER, 0)
GOODBYE = {"close_reason": "LENGTH", "mentor_rematch": "NO", "mentee_rematch": "NO"}
MAYBE = {**GOODBYE, "mentor_rematch": "MAYBE", "mentee_rematch": "MAYBE"}


def user(number: int) -> Ref:
    return Ref(Kind.USER, number)


def persona(number: int) -> Ref:
    return Ref(Kind.PERSONA, number)


def pair(number: int) -> Ref:
    return Ref(Kind.PAIR, number)


class RefusedError(Exception):
    """The rules said no."""


def an_act(program_id: int = 1, name: str = "an_act", kind: str = "user", **besides: Any) -> Act:
    plain = Act(program_id, name, kind, "Ada Admin", ("PROGRAM_ADMIN",), NOW, NOW, FLOW.revision)
    return replace(plain, **besides)


def a_quiet_plan(subject: Ref, machine: str, status: str, name: str = "an_act") -> Plan:
    """The plan of an act that moves nothing."""
    transition = replace(FLOW.transitions["activate"], id=name)
    return Plan(transition, (Change(subject, machine, status, status, name, None, False),))


class World:
    """A store with one program; time moves on by a minute with every act."""

    def __init__(self, store: Store, rules: Ruleset = FLOW) -> None:
        self.store = store
        self.rules = rules
        self.program: Program = self.do(lambda work: sync_program(work.connection, rules))
        self._minutes = count()
        self._people = count(1)

    def do(self, fn: Any) -> Any:
        return self.store.mutate_now(lambda session: session.act(fn))

    def read(self, fn: Any, *arguments: Any) -> Any:
        return self.store.query_now(lambda session: fn(session.connection, *arguments))

    def tick(self) -> datetime:
        return NOW + timedelta(minutes=next(self._minutes))

    def act_in(
        self,
        work: UnitOfWork,
        transition: str,
        subject: Ref = NOBODY,
        *,
        details: Mapping[Ref, Any] | None = None,
        at: datetime | None = None,
        answers: Mapping[str, str] | None = None,
        act: Mapping[str, Any] | None = None,
        **request: Any,
    ) -> Written:
        now = at or self.tick()
        refs = [ref for ref in (subject, request.get("partner")) if ref is not None and ref.id > 0]
        facts = work.case(self.rules, refs, now) if refs else Facts((), now)
        asked = Request(transition, subject, ADMIN | {"SYSTEM"}, answers=answers or {}, **request)
        plan = decide(self.rules, replace(asked, confirmed=frozenset({"MADE_IN_ERROR", "SKIPS_SCREENING"})), facts)
        if not isinstance(plan, Plan):
            raise RefusedError(", ".join(blocker.code for blocker in plan.blockers) or str(plan.problems))
        root = plan.changes[0].subject
        written = {"recorded_at": now, "effective_at": now, "answers": plan.answers, **(act or {})}
        done = an_act(self.program.id, transition, root.kind.value, **written)
        return work.apply(done, max(root.id, 0), plan, details or {})

    def act(self, transition: str, subject: Ref = NOBODY, **besides: Any) -> Written:
        written: Written = self.do(lambda work: self.act_in(work, transition, subject, **besides))
        return written

    def register(
        self, role: str = "MENTOR", *, name: str | None = None, site: int | None = None, **besides: Any
    ) -> tuple[Ref, Ref]:
        """A new user with the first persona."""
        number = next(self._people)
        email = besides.pop("email", f"person{number}@example.org")
        new = NewUser(name or f"Person {number:03}", email, besides.pop("external_id", None))
        details = {user(-1): new, persona(-2): NewPersona(site, besides.pop("site_list", None))}
        created = self.act("register_user", role=role, details=details, **besides).created
        return created[user(-1)], created[persona(-2)]

    def ready(self, role: str = "MENTOR", **besides: Any) -> tuple[Ref, Ref]:
        """A user who is Active, with a persona Ready To Be Matched."""
        person, its_persona = self.register(role, **besides)
        self.act("finish_application", person)
        self.act("activate", person)
        return person, its_persona

    def matched(self) -> tuple[Ref, Ref, Ref]:
        """An open pair of two new people, and its mentor and mentee persona."""
        mentor, mentee = self.ready("MENTOR")[1], self.ready("MENTEE")[1]
        written = self.act("match", mentor, partner=mentee)
        return written.created[pair(-1)], mentor, mentee

    def site(self, key: str = "LINCOLN", name: str = "Lincoln High") -> Site:
        site: Site = self.do(lambda work: work.add_site(an_act(self.program.id, "add_site", "site"), key, name))
        return site

    def rows(self) -> dict[str, int]:
        """How many rows each table has: to show that nothing was written."""

        def counted(session: Session) -> dict[str, int]:
            return {
                table.name: session.connection.scalars(select(func.count()).select_from(table)).one()
                for table in metadata.sorted_tables
            }

        return self.store.query_now(counted)


@contextmanager
def counting_statements() -> Iterator[list[str]]:
    """Every statement that any engine runs within the block."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        seen.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", note)
