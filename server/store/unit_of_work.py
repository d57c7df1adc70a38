"""One act's access to the database: load the case, write the plan, correct what is no status."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TypeVar

from sqlalchemy import Connection, bindparam, insert, update

from server.domain.history import Act
from server.domain.people import Site
from server.engine.facts import SURROUNDINGS, Facts, Kind, Ref
from server.engine.plan import Plan
from server.engine.ruleset import Field, Ruleset
from server.store.append import append_act
from server.store.apply import Details, Written, name_columns, write_plan
from server.store.cases import involved, load_facts
from server.store.locks import Locks
from server.store.numbering import reserve
from server.store.surroundings import around
from server.store.tables import personas, sites, users

_EDIT_USER = update(users).where(users.c.id == bindparam("edited")).values(version=users.c.version + 1)
_EDIT_PERSONA = update(personas).where(personas.c.id == bindparam("edited")).values(version=personas.c.version + 1)
_NO_DETAILS: Details = {}
Fields = Mapping[str, Field]
_NO_FIELDS: Fields = {}
T = TypeVar("T")


class UnitOfWork:
    """Everything one act reads and writes; saved together or not at all.

    ``locks`` is None where one writer at a time makes locks needless.
    """

    def __init__(self, connection: Connection, locks: Locks | None = None) -> None:
        self.connection = connection
        self._locks = locks
        self._bumped: frozenset[Ref] = frozenset()

    def hold(self, refs: Sequence[Ref]) -> None:
        """Nobody else changes these records and their relatives until the act ends.

        For acts with many parts: all locks are taken at once and in order, so that two such acts never
        wait for each other.
        """
        if self._locks is not None:
            people = involved(self.connection, refs)
            self._locks.take(self.connection, people, around(self.connection, SURROUNDINGS, refs, people))

    def hold_whole(self, program_id: int) -> None:
        """Nobody else changes anything of a program until the act ends: for acts that move any number of its people."""
        if self._locks is not None:
            self._locks.take_whole(self.connection, program_id)

    def part(self, fn: Callable[["UnitOfWork"], T]) -> T:
        """Runs one part of the act: raising undoes this part and only this one."""
        with self.connection.begin_nested():
            return fn(UnitOfWork(self.connection, self._locks))

    def case(self, ruleset: Ruleset, refs: Sequence[Ref], now: datetime) -> Facts:
        """The facts about these records and their relatives; nobody else changes them until the act ends."""
        people, near = self._involved(ruleset, refs)
        if self._locks is not None:
            self._locks.take(self.connection, people, near)
            # Somebody may have been matched with them, or placed elsewhere, while we waited for the locks.
            people, near = self._involved(ruleset, refs)
            self._locks.check(people, near)
        return load_facts(self.connection, ruleset, people, near, now)

    def _involved(self, ruleset: Ruleset, refs: Sequence[Ref]) -> tuple[frozenset[int], tuple[Ref, ...]]:
        people = involved(self.connection, refs)
        return people, around(self.connection, ruleset.surroundings, refs, people)

    def apply(
        self, act: Act, subject_id: int, plan: Plan, details: Details = _NO_DETAILS, fields: Fields = _NO_FIELDS
    ) -> Written:
        """Writes a plan and its history. ``fields``: those of the rules, as far as the plan sets any.

        ``subject_id`` is the record acted on, 0 for the one that the act creates.
        ``details`` describe the created users and personas. Raises AlreadyExistsError when an e-mail
        address or external id is taken, ConflictError when another act was faster.
        """
        if self._locks is not None:
            self._locks.check_alone(
                {change.subject for change in plan.changes} | {put.subject for put in plan.settings}
            )
        return write_plan(self.connection, act, subject_id, plan, details=details, bumped=self._bumped, fields=fields)

    def edit_user(self, user_id: int, *, name: str, email: str | None, external_id: str | None) -> None:
        """Sets all three; the version grows once per act. Raises AlreadyExistsError when one is taken."""
        self._edit(Ref(Kind.USER, user_id), name_columns(name, email, external_id))

    def edit_persona(self, persona_id: int, *, site_id: int | None, mentor_site_list: str | None) -> None:
        """Sets both; the version grows once per act."""
        self._edit(Ref(Kind.PERSONA, persona_id), {"site_id": site_id, "mentor_site_list": mentor_site_list})

    def _edit(self, ref: Ref, columns: Mapping[str, object]) -> None:
        statement = _EDIT_USER if ref.kind is Kind.USER else _EDIT_PERSONA
        if self.connection.execute(statement, {"edited": ref.id, **columns}).rowcount != 1:
            raise LookupError(f"{ref.kind} {ref.id} does not exist")
        self._bumped |= {ref}

    def add_site(self, act: Act, key: str, name: str) -> Site:
        """Adds a partner site to the act's program. Raises AlreadyExistsError when it has one of this key."""
        numbers = reserve(self.connection, act.program_id, {"sites": 1, "acts": 1})
        site = Site(numbers.take("sites"), act.program_id, key, name, 1)
        row = {"id": site.id, "program_id": site.program_id, "key": key, "name": name, "version": site.version}
        self.connection.execute(insert(sites), row)
        append_act(self.connection, numbers.take("acts"), act, site.id)
        return site
