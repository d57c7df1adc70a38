"""Erasing a person: nothing tells any more who it was; what happened stays, in ids and codes."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from server.domain.actors import Caller
from server.domain.commands import Options
from server.domain.errors import ConflictError, NotFoundError
from server.domain.people import User
from server.domain.vocabulary import USER_STATUS
from server.engine.facts import Kind, Ref
from server.services.acts import OpenAct, quiet_plan
from server.services.records import load_user
from server.services.rulebook import Rulebook
from server.store.erasure import erase_person, open_matches_of
from server.store.messages import erase_messages
from server.store.sessions import Session
from server.store.unit_of_work import UnitOfWork

ERASE_PERSON = "erase_person"
"""The act under which history has it."""


@dataclass(frozen=True, slots=True)
class Erased:
    """What was erased. ``texts``: how many acts lost a note or a free text; ``before``: it was done earlier."""

    user_id: int
    texts: int = 0
    before: bool = False


class Erasure:
    """Erases people. Whoever may run commands on the database may; the API has no way to it."""

    __slots__ = ("_clock", "_rulebook")

    def __init__(self, rulebook: Rulebook, clock: Callable[[], datetime]) -> None:
        self._rulebook, self._clock = rulebook, clock

    def erase(self, session: Session, caller: Caller, user_id: int) -> Erased:
        """Erases a person; one who is erased already is left as they are.

        Raises NotFoundError where there is none, ConflictError while they are in an open match. The
        database's files may hold copies until they are scrubbed: see ``server.store.scrubbing``.
        """

        def act(work: UnitOfWork) -> Erased:
            ruleset = self._rulebook.ruleset(self._found(work, user_id).program_id)
            now, ref = self._clock(), Ref(Kind.USER, user_id)
            work.case(ruleset, [ref], now)
            person = load_user(work, ref)  # anew, for it is locked only now
            if person.erased_at is not None:
                return Erased(user_id, before=True)
            self._require_no_match(work, user_id)
            plan = quiet_plan(ruleset, ERASE_PERSON, ref, USER_STATUS, person.user_status)
            OpenAct(work, person.program_id, ruleset, caller, now, Options()).write(ERASE_PERSON, plan)
            erase_messages(work.connection, user_id)
            return Erased(user_id, erase_person(work.connection, user_id, now))

        return session.act(act)

    def _found(self, work: UnitOfWork, user_id: int) -> User:
        person = load_user(work, Ref(Kind.USER, user_id))
        if person.program_id not in {program.id for program in self._rulebook.programs}:
            raise NotFoundError(f"User-{user_id} belongs to a program without rules. Put its rules file back first.")
        return person

    @staticmethod
    def _require_no_match(work: UnitOfWork, user_id: int) -> None:
        open_ones = open_matches_of(work.connection, user_id)
        if open_ones:
            listed = ", ".join(f"Match-{number}" for number in open_ones)
            raise ConflictError(f"User-{user_id} is in an open match: {listed}. Close it first, then erase the person.")
