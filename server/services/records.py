"""The records an act names: found, within the caller's reach, and at the version the caller knows."""

from collections.abc import Mapping
from dataclasses import dataclass

from server.domain.actors import Caller
from server.domain.errors import NotFoundError, VersionConflictError
from server.domain.history import StatusChange
from server.domain.ids import STATUS_CHANGE, GlobalId
from server.domain.matches import Match
from server.domain.people import Persona, Program, Site, User
from server.domain.records import Record
from server.engine.facts import Kind, Ref, Sort, kind_of
from server.engine.ruleset import Ruleset
from server.services.access import roles_on
from server.services.rulebook import Rulebook
from server.store.history import changes_by_ids
from server.store.matches import matches_by_ids
from server.store.personas import personas_by_ids
from server.store.programs import programs_by_ids, sites_by_ids
from server.store.records import records_by_ids
from server.store.unit_of_work import UnitOfWork
from server.store.users import users_by_ids

Row = Program | Site | User | Persona | Match | Record


def called(sort: Sort) -> str:
    """What the API calls a record of a kind, with the kind itself where the rules declare it."""
    name = GlobalId.of(Ref(kind_of(sort), 0)).name
    return f"{name} of the kind {sort}" if kind_of(sort) is Kind.RECORD else name


@dataclass(frozen=True, slots=True)
class Reached:
    """A record that a caller reaches, the rules of its program, and by which of the caller's roles; at least one."""

    ref: Ref
    record: Row
    ruleset: Ruleset
    roles: frozenset[str]

    @property
    def program_id(self) -> int:
        """The program of the record."""
        return self.record.program_id

    @property
    def sort(self) -> Sort:
        """What the rules call records like this."""
        return self.record.kind if isinstance(self.record, Record) else self.ref.kind


def load(work: UnitOfWork, ref: Ref, name: str = "subject") -> Row:
    """The row of a record, whoever asks; raises NotFoundError where there is none."""
    found = _rows(work, ref).get(ref.id)
    if found is None:
        raise missing(ref, name)
    return found


def _rows(work: UnitOfWork, ref: Ref) -> Mapping[int, Row]:
    connection, ids = work.connection, [ref.id]
    match ref.kind:
        case Kind.PROGRAM:
            return programs_by_ids(connection, ids)
        case Kind.SITE:
            return sites_by_ids(connection, ids)
        case Kind.USER:
            return users_by_ids(connection, ids)
        case Kind.PERSONA:
            return personas_by_ids(connection, ids)
        case Kind.PAIR:
            return matches_by_ids(connection, ids)
        case Kind.RECORD:
            return records_by_ids(connection, ids)


def reached(work: UnitOfWork, rulebook: Rulebook, caller: Caller, ref: Ref, name: str = "subject") -> Reached:
    """A record that the caller may act upon, if the rules let them.

    Raises NotFoundError, the same in every case, where there is none, where its program is not served,
    and where the caller does not see it in full: a partner is nobody to act upon.
    """
    record = load(work, ref, name)
    if record.program_id not in {program.id for program in rulebook.programs}:
        raise missing(ref, name)
    ruleset = rulebook.ruleset(record.program_id)
    roles = roles_on(work, ruleset, caller, record.program_id, ref)
    if not roles:
        raise missing(ref, name)
    return Reached(ref, record, ruleset, roles)


def load_user(work: UnitOfWork, ref: Ref) -> User:
    """The user of a ref; see :func:`load`."""
    found = load(work, ref)
    if not isinstance(found, User):
        raise missing(ref)
    return found


def load_persona(work: UnitOfWork, ref: Ref) -> Persona:
    """The persona of a ref; see :func:`load`."""
    found = load(work, ref)
    if not isinstance(found, Persona):
        raise missing(ref)
    return found


def missing(ref: Ref, name: str = "subject") -> NotFoundError:
    """The one answer for a record that does not exist and for one that the caller may not see."""
    kind = GlobalId.of(ref).name
    return NotFoundError(f"There is no {kind} {kind}-{ref.id}, or you may not see it.", (name,))


def missing_change(number: int) -> NotFoundError:
    """The same for a row of history."""
    name = f"{STATUS_CHANGE}-{number}"
    return NotFoundError(f"There is no {STATUS_CHANGE} {name}, or you may not see it.", ("status_change",))


def reached_change(work: UnitOfWork, rulebook: Rulebook, caller: Caller, number: int) -> StatusChange:
    """A row of history about a record that the caller reaches. Raises NotFoundError, alike in every case."""
    change = changes_by_ids(work.connection, [number]).get(number)
    if change is None:
        raise missing_change(number)
    try:
        reached(work, rulebook, caller, Ref(change.kind, change.subject_id))
    except NotFoundError:
        raise missing_change(number) from None
    return change


def require_version(work: UnitOfWork, ref: Ref, expected: int | None, option: str = "expected_version") -> None:
    """Raises VersionConflictError when the record, by now locked, has changed since the caller read it."""
    if expected is None:
        return
    present = load(work, ref).version
    if present != expected:
        text = f"The record is at version {present}, not {expected}: look again before you change it."
        raise VersionConflictError(text, ("options", option), ref)
