"""What happens by itself: which transitions are due, and carrying them out, each once, whoever else does the same."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from server.domain.access import EVERYTHING, Sight
from server.domain.actors import Caller
from server.domain.commands import Options
from server.domain.history import StatusChange
from server.domain.vocabulary import Acts
from server.engine.automatic import Dated
from server.engine.decide import decide
from server.engine.due import done_until, due_at, entered_by, has_date, remembers, request
from server.engine.facts import Ref, kind_of
from server.engine.plan import Blocker, Plan, Problem, Refusal
from server.engine.ruleset import PLATFORM, Ruleset, Transition
from server.engine.values import order_key
from server.services.access import program_named, roles_in, sight, together
from server.services.acts import OpenAct, require_act
from server.services.rulebook import Rulebook
from server.services.shown import shown_changes
from server.store.cases import facts as load_facts
from server.store.due import Line, Waiting, last_done, note_seen_to, seen_to, waiting
from server.store.sessions import Session
from server.store.surroundings import version_of_all
from server.store.unit_of_work import UnitOfWork

PAGE = 200
"""How many waiting records are looked at with one statement each for the records and their facts."""

DUE_LIMIT = 1_000
"""How many transitions are listed, or carried out, in one request."""

HORIZON = timedelta(days=3_660)
"""How far ahead can be looked."""


@dataclass(frozen=True, slots=True)
class DueTransition:
    """A transition that happens by itself, and the moment from which on it does if nothing changes until then."""

    program_id: int
    subject: Ref
    transition: Transition
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Page:
    """What some waiting records have coming. ``after``: where the next page begins; None: this is the last."""

    due: tuple[DueTransition, ...]
    after: Waiting | None


@dataclass(frozen=True, slots=True)
class Stuck:
    """A transition that is due but cannot be carried out to the end, with every reason and its code."""

    due: DueTransition
    reasons: tuple[str, ...]
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ran:
    """What was carried out: the rows of history in the order of the acts.

    ``stuck``: what could not be. ``more``: whether it stopped at DUE_LIMIT.
    """

    changes: tuple[StatusChange, ...] = ()
    stuck: tuple[Stuck, ...] = ()
    more: bool = False


class Timetable:
    """Lists and carries out what is due. Everything is judged anew under the lock of its act."""

    __slots__ = ("_clock", "_rulebook")

    def __init__(self, rulebook: Rulebook, clock: Callable[[], datetime]) -> None:
        self._rulebook = rulebook
        self._clock = clock

    def listed(
        self, session: Session, caller: Caller, program: str | None, until: datetime | None = None
    ) -> list[DueTransition]:
        """What falls due by a moment (by now, if left out) among the records the caller reaches; the soonest DUE_LIMIT.

        Raises NotPermittedError for whoever may not run what is due, InputProblemsError for an unknown program.
        """
        program_id, reach = self._reached(caller, program)
        latest = min(until or self._clock(), self._clock() + HORIZON)
        found = self._due(session, program_id, latest, reach)
        return sorted(found, key=lambda due: (due.due_at, due.subject, due.transition.id))[:DUE_LIMIT]

    def run(self, session: Session, caller: Caller, program: str | None) -> Ran:
        """Carries out what is due now, at most DUE_LIMIT acts; see :meth:`listed`."""
        program_id, reach = self._reached(caller, program)
        now, ran, acts = self._clock(), Ran(), 0
        for due in self._due(session, program_id, now, reach):
            if acts == DUE_LIMIT:
                ran = replace(ran, more=True)
                break
            done = self.carry_out(session, due)
            acts += bool(done.changes)
            ran = Ran((*ran.changes, *done.changes), (*ran.stuck, *done.stuck))
        else:
            if reach.whole:
                self.note_seen(session, program_id, now)
        visible = sight(self._rulebook.ruleset(program_id), caller, program_id)
        return replace(ran, changes=shown_changes(session, visible, ran.changes))

    def _reached(self, caller: Caller, program: str | None) -> tuple[int, Sight]:
        """The program, and the part of it that the caller reaches in roles that may run what is due."""
        found = program_named(self._rulebook, caller, program)
        ruleset = self._rulebook.ruleset(found.id)
        roles = roles_in(ruleset, caller, found.id)
        may = require_act(ruleset, roles, Acts.RUN_DUE)
        return found.id, together(roles[role] for role in may)

    def _due(self, session: Session, program_id: int, until: datetime, reach: Sight) -> Iterator[DueTransition]:
        for transition in self._rulebook.ruleset(program_id).automatics():
            page: Page | None = None
            while page is None or page.after is not None:
                after = page.after if page else None
                page = self.page(session, program_id, transition, until, reach=reach, after=after)
                yield from page.due

    def page(
        self,
        session: Session,
        program_id: int,
        transition: Transition,
        until: datetime,
        *,
        reach: Sight = EVERYTHING,
        after: Waiting | None = None,
    ) -> Page:
        """What falls due by a moment for the next waiting records: a constant number of statements."""
        ruleset, now = self._rulebook.ruleset(program_id), self._clock()
        with session.everything() as connection:
            seen = self._seen(program_id, transition, seen_to(connection, program_id))
            if not has_date(ruleset, transition, done=seen, now=now, until=until):
                return Page((), None)
            line = _line(ruleset, transition, until)
            found = waiting(connection, program_id, line, limit=PAGE, after=after, sight=reach)
            refs = [Ref(line.kind, number) for _, number in found]
            facts = load_facts(connection, ruleset, refs, now) if refs else None
            happened = last_done(connection, transition.id, refs) if remembers(transition) else {}
            done = {ref: done_until(transition, calendar=seen, happened=happened.get(ref)) for ref in refs}
        due = [
            DueTransition(program_id, ref, transition, moment)
            for ref in refs
            if facts is not None and (moment := due_at(ruleset, transition, ref, facts, done=done[ref], until=until))
        ]
        return Page(tuple(due), found[-1] if len(found) == PAGE else None)

    def version_around(self, session: Session, program_id: int) -> int:
        """A number that grows with every change of the program or of any of its sites."""
        with session.everything() as connection:
            return version_of_all(connection, program_id)

    def _seen(self, program_id: int, transition: Transition, noted: Mapping[str, datetime]) -> datetime:
        """Up to when the dates by the calendar have been seen to: none was missed before the rules were there."""
        return noted.get(transition.id, self._rulebook.loaded_at(program_id))

    def carry_out(self, session: Session, due: DueTransition) -> Ran:
        """Carries one transition out in an act of the platform, if it is still due; else nothing happens."""
        ruleset = self._rulebook.ruleset(due.program_id)

        def act(work: UnitOfWork) -> Ran:
            now = self._clock()
            facts = work.case(ruleset, [due.subject], now)
            seen = self._seen(due.program_id, due.transition, seen_to(work.connection, due.program_id))
            happened = last_done(work.connection, due.transition.id, [due.subject]) if remembers(due.transition) else {}
            done = done_until(due.transition, calendar=seen, happened=happened.get(due.subject))
            is_there = due.subject in facts.records
            if not is_there or due_at(ruleset, due.transition, due.subject, facts, done=done, until=now) is None:
                return Ran()
            decision = decide(ruleset, request(due.transition, due.subject), facts)
            if isinstance(decision, Refusal):
                return Ran(stuck=(_stuck(due, decision),))
            return Ran(_written(work, ruleset, due, decision, now))

        return session.act(act)

    def note_seen(self, session: Session, program_id: int, now: datetime) -> None:
        """Notes that all dates up to a moment have been seen to, where there was one, or none was noted yet."""
        ruleset = self._rulebook.ruleset(program_id)
        dailies = [transition for transition, _ in ruleset.dailies()]
        with session.everything() as connection:
            noted = seen_to(connection, program_id) if dailies else {}
        passed = [
            transition.id
            for transition in dailies
            if (done := noted.get(transition.id)) is None
            or has_date(ruleset, transition, done=done, now=now, until=now)
        ]

        def act(work: UnitOfWork) -> None:
            for key in passed:
                note_seen_to(work.connection, program_id, key, now)

        if passed:
            session.act(act)


def _line(ruleset: Ruleset, transition: Transition, until: datetime) -> Line:
    """By what the records that wait are put in line, and how far to go along it."""
    clock, machine = transition.automatic, ruleset.machines[transition.machine]
    if isinstance(clock, Dated):
        last = order_key(clock.type, clock.last_value(until, ruleset.zone))
        return Line(kind_of(machine.owner), machine.key, transition.sources, last, clock.path)
    return Line(kind_of(machine.owner), machine.key, transition.sources, entered_by(transition, until))


def _stuck(due: DueTransition, refusal: Refusal) -> Stuck:
    every: tuple[Blocker | Problem, ...] = (*refusal.blockers, *refusal.problems)
    return Stuck(due, tuple(each.text for each in every), tuple(dict.fromkeys(each.code for each in every)))


def _written(
    work: UnitOfWork, ruleset: Ruleset, due: DueTransition, plan: Plan, now: datetime
) -> tuple[StatusChange, ...]:
    """Writes the plan as an act of the platform."""
    platform = Caller(ruleset.actors[PLATFORM].label, frozenset())
    doing = OpenAct(work, due.program_id, ruleset, platform, now, Options())
    act = replace(doing.row(due.transition.id, due.subject.kind), actor_roles=(PLATFORM,))
    return doing.keep(act, due.subject.id, plan).changes
