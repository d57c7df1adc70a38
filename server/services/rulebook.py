"""The rules in force, one ruleset a program."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from server.domain.errors import InputProblemsError
from server.domain.people import Program
from server.engine.plan import Problem
from server.engine.ruleset import Ruleset
from server.services.beginnings import begin
from server.services.spelling import nearest
from server.store.programs import programs as stored_programs
from server.store.programs import sync_program
from server.store.sessions import Session
from server.store.unit_of_work import UnitOfWork


class Rulebook:
    """Every program with its ruleset; never changed. The first ruleset is the base program's."""

    __slots__ = ("_by_key", "_rulesets", "base", "loaded_at", "programs")

    def __init__(self, programs: Iterable[Program], rulesets: Mapping[int, Ruleset], base: str, loaded_at: datetime):
        self.programs = tuple(programs)
        self.base = base
        self.loaded_at = loaded_at
        self._by_key = {program.key: program for program in self.programs}
        self._rulesets = dict(rulesets)

    def ruleset(self, program_id: int) -> Ruleset:
        """The rules of a program."""
        return self._rulesets[program_id]

    def program(self, key: str | None) -> Program:
        """The program of a key, the base program without one. Raises InputProblemsError for an unknown key."""
        found = self._by_key.get(self.base if key is None else key)
        if found is None:
            text = f"There is no program {key}. {nearest(str(key), self._by_key)}"
            raise InputProblemsError((Problem(("program",), text),))
        return found


def open_rulebook(session: Session, rulesets: Mapping[str, Ruleset], now: datetime) -> Rulebook:
    """Enters the programs of the rules files into the database and pairs them with their rules.

    ``rulesets``: by program key, the base program first. Programs whose file is gone stay in the
    database but are not served.
    """

    def enter(work: UnitOfWork) -> list[Program]:
        for ruleset in rulesets.values():
            program = sync_program(work.connection, ruleset)
            begin(work, ruleset, program.id, now)
        return [program for program in stored_programs(work.connection) if program.key in rulesets]

    entered = {program.key: program for program in session.act(enter)}
    ordered = [entered[key] for key in rulesets]
    return Rulebook(ordered, {p.id: rulesets[p.key] for p in ordered}, ordered[0].key, now)
