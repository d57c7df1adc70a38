"""The rules in force, one ruleset a program."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from server.domain.errors import InputProblemsError
from server.domain.people import Program
from server.domain.revisions import Activator, Cause
from server.drawing.chart import Format, chart_of
from server.engine.plan import Problem
from server.engine.ruleset import Ruleset
from server.rules.diagnostics import Diagnostic, Severity
from server.services.beginnings import begin
from server.services.spelling import suggestion
from server.services.stranding import StrandedError, bring_over
from server.store.programs import programs as stored_programs
from server.store.programs import sync_program
from server.store.revisions import note_active
from server.store.sessions import Session
from server.store.unit_of_work import UnitOfWork

Problems = Mapping[str, tuple[Diagnostic, ...]]
"""By program: what is to be told of its files as they are now, whether or not they are what is in force."""


class Rulebook:
    """Every program with its ruleset; the rules never change. The first ruleset is the base program's.

    ``loaded_at``: since when each program is under its ruleset in this process. ``minors``: by program, the
    roles in which people are minors.
    """

    __slots__ = ("_by_key", "_charts", "_loaded_at", "_problems", "_rulesets", "base", "minors", "programs")

    def __init__(
        self,
        programs: Iterable[Program],
        rulesets: Mapping[int, Ruleset],
        base: str,
        loaded_at: Mapping[int, datetime],
        problems: Problems | None = None,
    ):
        self.programs = tuple(programs)
        self.base = base
        self._by_key = {program.key: program for program in self.programs}
        self._rulesets, self._loaded_at, self._problems = dict(rulesets), dict(loaded_at), dict(problems or {})
        self._charts = dict[tuple[int, Format, str | None], str]()
        self.minors = {
            number: frozenset(role.key for role in ruleset.roles.values() if role.minor)
            for number, ruleset in self._rulesets.items()
        }

    def ruleset(self, program_id: int) -> Ruleset:
        """The rules of a program."""
        return self._rulesets[program_id]

    def loaded_at(self, program_id: int) -> datetime:
        """Since when the program is under its rules."""
        return self._loaded_at[program_id]

    def problems(self, key: str) -> tuple[Diagnostic, ...]:
        """What is to be told of the files of a program, by its key."""
        return self._problems.get(key, ())

    def key(self, program_id: int) -> str | None:
        """The key of a program; None for one that is not served."""
        return next((program.key for program in self.programs if program.id == program_id), None)

    def program(self, key: str | None) -> Program:
        """The program of a key, the base program without one. Raises InputProblemsError for an unknown key."""
        found = self._by_key.get(self.base if key is None else key)
        if found is None:
            text = f"There is no program {key}. {suggestion(str(key), self._by_key)}"
            raise InputProblemsError((Problem(("program",), text),))
        return found

    def rulesets(self) -> Mapping[str, Ruleset]:
        """The rules of all programs by their keys, the base program first."""
        return {program.key: self._rulesets[program.id] for program in self.programs}

    def chart(self, program_id: int, form: Format, machine: str | None = None) -> str:
        """The flow of a program, drawn at the first time that somebody asks. KeyError for an unknown machine."""
        key = program_id, form, machine
        if key not in self._charts:
            self._charts[key] = chart_of(self._rulesets[program_id], form, machine)
        return self._charts[key]


STARTED = Activator(Cause.START, "")
"""What takes rules into force unless something else is said."""


def open_rulebook(
    session: Session,
    rulesets: Mapping[str, Ruleset],
    now: datetime,
    *,
    by: Activator = STARTED,
    problems: Problems | None = None,
    before: Rulebook | None = None,
    previous: Mapping[str, Ruleset] | None = None,
) -> Rulebook:
    """Takes rules into force: enters their programs and texts into the database and pairs them with their rules.

    ``rulesets``: by program key, the base program first; programs without one stay in the database but are
    not served. ``before``: what was in force in this process; who goes on under the same rules is left alone.
    ``previous``: what programs were under last, where that is not ``before``.

    All of it is one act, with the moves of people out of statuses that are dropped: rules and records change
    together or not at all. Raises StrandedError where rules would leave people in no status, or without any way on.
    """
    earlier = before.rulesets() if before else {}
    changed = changed_programs(earlier, rulesets)
    former = earlier if previous is None else previous

    def enter(work: UnitOfWork) -> tuple[dict[str, Program], dict[str, tuple[Diagnostic, ...]]]:
        told = {key: _enter(work, found, former.get(key), by, now) for key, found in changed.items()}
        errors = {key: found for key, found in told.items() if any(each.severity is Severity.ERROR for each in found)}
        if errors:
            raise StrandedError(errors)
        return {program.key: program for program in stored_programs(work.connection)}, told

    entered, told = session.act(enter)
    served = [entered[key] for key in rulesets]
    loaded_at = {p.id: now if before is None or p.key in changed else before.loaded_at(p.id) for p in served}
    every = {key: (*(problems or {}).get(key, ()), *told.get(key, ())) for key in rulesets}
    return Rulebook(served, {p.id: rulesets[p.key] for p in served}, served[0].key, loaded_at, every)


def _enter(
    work: UnitOfWork, ruleset: Ruleset, before: Ruleset | None, by: Activator, now: datetime
) -> tuple[Diagnostic, ...]:
    """Enters one program's rules; what is to be told of its people under them."""
    program = sync_program(work.connection, ruleset)
    begin(work, ruleset, program.id, now)
    is_new = note_active(work.connection, program.id, ruleset, by, now)
    return bring_over(work, program.id, before, ruleset, now, is_new=is_new)


def changed_programs(before: Mapping[str, Ruleset], after: Mapping[str, Ruleset]) -> dict[str, Ruleset]:
    """The rules of the programs that are new, or under another revision than before, by key."""
    return {
        key: ruleset for key, ruleset in after.items() if key not in before or before[key].revision != ruleset.revision
    }
