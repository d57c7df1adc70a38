"""Paths: the ways from one record to a value, to another record or to several."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Protocol

from server.engine.facts import Kind, Record, Ref, Situation
from server.engine.kinds import BETWEEN


@dataclass(frozen=True, slots=True)
class Path:
    """A way from a record to a value, a record or a list of records, checked when the file is loaded.

    ``start``: ``self`` (the record a condition looks at), ``this`` (the subject of the transition,
    also inside a ``where``), ``created`` (the record about to be made) or ``actor`` (the user who asks).
    ``links``: hops to one record each (``program``, ``site``, ``user``, ``partner``, ``match``, ``proposer``, a role
    of a pair, or a link of a record of a declared kind, ``author`` among them). Then at most one of ``value`` (a
    machine or an attribute) and ``many`` (``personas``, ``matches``, ``sides``, or the key of a kind whose records are
    linked to it).
    """

    text: str
    start: str = "self"
    links: tuple[str, ...] = ()
    value: str | None = None
    many: str | None = None


def paths_in(part: object) -> Iterator[Path]:
    """Every path anywhere in what a file says, whatever kinds of condition, effect and value there are."""
    if isinstance(part, Path):
        yield part
    elif is_dataclass(part):
        for each in fields(part):
            yield from paths_in(getattr(part, each.name))
    elif isinstance(part, Mapping):
        yield from paths_in(tuple(part.values()))
    elif isinstance(part, tuple | list):
        for each in part:
            yield from paths_in(each)


MAKERS = frozenset({"proposer", "author"})
"""The links to the user who made a pair, and who made a record of a declared kind."""

OpenStatuses = frozenset[tuple[str, str]]
"""The pair statuses that count as open, each with its machine."""


class Operand(Protocol):
    """Something that has a value where a condition is asked or an effect runs."""

    def value(self, scope: "Scope") -> str | None:
        """The value in canonical form; None where there is none. Raises UnknownRecordError."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What the rules lay down about how records are read.

    ``open_statuses`` tell which pair of a persona is its present one. ``removed``: the statuses, each with its
    machine, in which records of declared kinds are in no list.
    ``derived``: how the values are worked out that no record holds, by key.
    """

    open_statuses: OpenStatuses = frozenset()
    derived: Mapping[str, Operand] = field(default_factory=dict)
    removed: frozenset[tuple[str, str]] = frozenset()


@dataclass(frozen=True, slots=True)
class Scope:
    """Where a condition is asked: the situation and what ``self``, ``this``, ``created`` and answers are.

    ``only_role`` restricts ``personas`` to one role (invariants ``per: role``). ``actor``: the user who asks; None
    where it is the platform, or somebody without a record.
    """

    situation: Situation
    self: Record
    this: Record
    created: Record | None = None
    answers: Mapping[str, str] | None = None
    only_role: str | None = None
    terms: Terms = Terms()
    actor: Ref | None = None

    def at(self, record: Record) -> "Scope":
        """The same question, asked of another record."""
        return Scope(
            self.situation,
            record,
            self.this,
            self.created,
            self.answers,
            self.only_role,
            self.terms,
            self.actor,
        )


class UnknownRecordError(Exception):
    """A path leads to a record that is not chosen yet, or to what nobody has loaded."""


def record_at(path: Path, scope: Scope) -> Record | None:
    """The record a path's links lead to; None where there is none. Raises UnknownRecordError."""
    record = _started(path, scope)
    for link in path.links:
        ref = record and _follow(link, record, scope)
        record = ref and _chosen(ref, scope)
    return record


def user_named(held: str) -> Ref:
    """The user whom a field of the type ``user`` names by what it holds."""
    return Ref(Kind.USER, int(held.rpartition("-")[2]))


def _started(path: Path, scope: Scope) -> Record | None:
    if path.start == "actor":
        return _chosen(scope.actor, scope)
    return {"self": scope.self, "this": scope.this, "created": scope.created}[path.start]


def _follow(link: str, record: Record, scope: Scope) -> Ref | None:
    """Where a link leads; None: nowhere. Raises UnknownRecordError where that is not chosen yet."""
    if link == "program":
        return Ref(Kind.PROGRAM, record.program)
    if link in MAKERS:
        return record.proposer
    if link in record.values:
        held = record.values[link]
        return user_named(held) if held else None
    if record.ref.kind is Kind.PERSONA and link in {"match", "partner"}:
        return _by_pair(link, record, scope)
    if record.ref.kind is Kind.PERSONA and link == "site":
        return record.links.get(link)
    return _named(record.links.get(link))


def _by_pair(link: str, persona: Record, scope: Scope) -> Ref | None:
    pair = _present_pair(persona, scope)
    if pair is None:
        return None
    return pair.ref if link == "match" else _other_side(pair, persona)


def _named(ref: Ref | None) -> Ref:
    if ref is None:
        raise UnknownRecordError
    return ref


def _chosen(ref: Ref | None, scope: Scope) -> Record:
    found = scope.situation.find(_named(ref))
    if found is None:
        raise UnknownRecordError
    return found


def _other_side(pair: Record, persona: Record) -> Ref:
    return _named(next((ref for ref in pair.links.values() if ref != persona.ref), None))


def _present_pair(persona: Record, scope: Scope) -> Record | None:
    pairs = scope.situation.pairs_of(persona.ref)
    open_ones = [pair for pair in pairs if not scope.terms.open_statuses.isdisjoint(pair.statuses.items())]
    found = open_ones or list(pairs)
    return found[-1] if found else None


def _sides(pair: Record, scope: Scope) -> tuple[Record, ...]:
    found = (scope.situation.find(ref) for ref in pair.links.values())
    return tuple(side for side in found if side is not None)


def records_at(path: Path, scope: Scope) -> tuple[Record, ...]:
    """The records of a path that ends in a list, in creation order. Raises UnknownRecordError."""
    owner = record_at(path, scope)
    if owner is None:
        return ()
    if path.many == "sides":
        return _sides(owner, scope)
    if not any(scope.situation.is_whole(user) for user in scope.situation.people(owner)):
        raise UnknownRecordError  # of people far away not everything is loaded
    if path.many not in {"matches", "personas"}:
        return _linked(path, owner, scope)
    if path.many == "matches":
        personas = (owner,) if owner.ref.kind is Kind.PERSONA else _personas(owner.ref, scope)
        return tuple(pair for persona in personas for pair in scope.situation.pairs_of(persona.ref))
    return _personas(owner.ref if owner.ref.kind is Kind.USER else owner.links["user"], scope)


def _linked(path: Path, owner: Record, scope: Scope) -> tuple[Record, ...]:
    """The records of a declared kind that are linked to one, without those that count as removed."""
    own = (each for each in scope.situation.linked_to(owner.ref) if each.declared == path.many)
    return tuple(each for each in own if scope.terms.removed.isdisjoint(each.statuses.items()))


def unchosen(path: Path, scope: Scope) -> int:
    """How many records of such a list are not known yet: the other side of a match that is only offered."""
    owner = record_at(path, scope)
    return BETWEEN - len(_sides(owner, scope)) if owner and path.many == "sides" else 0


def _personas(user: Ref, scope: Scope) -> tuple[Record, ...]:
    found = scope.situation.personas_of(user)
    if scope.only_role is None:
        return found
    return tuple(persona for persona in found if persona.values.get("role") == scope.only_role)


def values_at(path: Path, scope: Scope) -> frozenset[str]:
    """The values of a field that holds several; none where there is no such record. Raises UnknownRecordError."""
    record = record_at(path, scope)
    return frozenset() if record is None or path.value is None else record.lists.get(path.value, frozenset())


def value_at(path: Path, scope: Scope) -> str | None:
    """The status, attribute or derived value a path ends in; None where there is none. Raises UnknownRecordError."""
    record = record_at(path, scope)
    if record is None or path.value is None:
        return None
    derived = scope.terms.derived.get(path.value)
    if derived is not None:
        return derived.value(scope.at(record))
    return record.statuses.get(path.value) or record.values.get(path.value)


def refs_at(path: Path, scope: Scope) -> frozenset[Ref]:
    """Which records a path leads to, also where they are not loaded: one, or the users that a field names; or none.

    Raises UnknownRecordError where that is not known yet.
    """
    if path.value is not None:
        one = value_at(path, scope)
        named = values_at(path, scope) | ({one} if one else set())
        return frozenset(user_named(text) for text in named)
    if path.start == "actor" and not path.links:
        if scope.actor is None:
            raise UnknownRecordError
        return frozenset({scope.actor})
    *before, last = path.links or ("",)
    record = record_at(Path(path.text, path.start, tuple(before)), scope)
    if record is None:
        return frozenset()
    found = _follow(last, record, scope) if last else record.ref
    return frozenset() if found is None else frozenset({found})
