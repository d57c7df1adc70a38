"""The records an act names: found, and at the version the caller knows."""

from server.domain.errors import NotFoundError, VersionConflictError
from server.domain.matches import Match
from server.domain.people import Persona, User
from server.engine.facts import Kind, Ref
from server.store.matches import matches_by_ids
from server.store.personas import personas_by_ids
from server.store.unit_of_work import UnitOfWork
from server.store.users import users_by_ids

_CALLED = {Kind.USER: "User", Kind.PERSONA: "Persona", Kind.PAIR: "Match"}


def kind_of(kind: Kind) -> str:
    """What a kind of record is called in the API."""
    return _CALLED[kind]


def load(work: UnitOfWork, ref: Ref, name: str = "subject") -> User | Persona | Match:
    """The row of a record; raises NotFoundError where there is none or it may not be seen."""
    found: User | Persona | Match | None
    if ref.kind is Kind.USER:
        found = users_by_ids(work.connection, [ref.id]).get(ref.id)
    elif ref.kind is Kind.PERSONA:
        found = personas_by_ids(work.connection, [ref.id]).get(ref.id)
    else:
        found = matches_by_ids(work.connection, [ref.id]).get(ref.id)
    if found is None:
        raise _missing(ref, name)
    return found


def load_user(work: UnitOfWork, ref: Ref) -> User:
    """The user of a ref; see :func:`load`."""
    found = load(work, ref)
    if not isinstance(found, User):
        raise _missing(ref, "subject")
    return found


def load_persona(work: UnitOfWork, ref: Ref) -> Persona:
    """The persona of a ref; see :func:`load`."""
    found = load(work, ref)
    if not isinstance(found, Persona):
        raise _missing(ref, "subject")
    return found


def _missing(ref: Ref, name: str) -> NotFoundError:
    called = kind_of(ref.kind)
    return NotFoundError(f"There is no {called} {called}-{ref.id}, or you may not see it.", (name,))


def require_version(work: UnitOfWork, ref: Ref, expected: int | None, option: str = "expected_version") -> None:
    """Raises VersionConflictError when the record, by now locked, has changed since the caller read it."""
    if expected is None:
        return
    present = load(work, ref).version
    if present != expected:
        text = f"The record is at version {present}, not {expected}: look again before you change it."
        raise VersionConflictError(text, ("options", option), ref)
