"""Paths with their types: what a path of the file may say on each kind of record, and where it leads."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from server.domain.vocabulary import MATCH_STATUS, PAIR_STATUS, PERSONA_STATUS, SIDES, USER_STATUS
from server.engine.facts import SURROUNDINGS, Kind, Sort
from server.engine.paths import Path
from server.rules.suggestions import did_you_mean, listed, quoted

ROLE = "role"
INPUT = "input"

AUTHOR = "author"
"""The link of a record of a declared kind to the user who made it."""

_PROGRAM = {"program": ("program", Kind.PROGRAM)}
_LINKS: Mapping[Sort, Mapping[str, tuple[str, Kind]]] = {
    Kind.PROGRAM: {**_PROGRAM},
    Kind.SITE: {**_PROGRAM},
    Kind.USER: {**_PROGRAM},
    Kind.PERSONA: {
        "user": ("user", Kind.USER),
        "partner": ("partner", Kind.PERSONA),
        "match": ("match", Kind.PAIR),
        "site": ("site", Kind.SITE),
        **_PROGRAM,
    },
    Kind.PAIR: {
        **{role.lower(): (role, Kind.PERSONA) for role in SIDES},
        "proposer": ("proposer", Kind.USER),
        **_PROGRAM,
    },
}
_VALUES: Mapping[Sort, tuple[str, ...]] = {
    Kind.PROGRAM: (),
    Kind.SITE: (),
    Kind.USER: (USER_STATUS,),
    Kind.PERSONA: (PERSONA_STATUS, MATCH_STATUS, ROLE, "partner_site", "mentor_site_list"),
    Kind.PAIR: (PAIR_STATUS,),
}
_LISTS: Mapping[Sort, Mapping[str, Sort]] = {
    Kind.PROGRAM: {},
    Kind.SITE: {},
    Kind.USER: {"personas": Kind.PERSONA, "matches": Kind.PAIR},
    Kind.PERSONA: {"personas": Kind.PERSONA, "matches": Kind.PAIR},
    Kind.PAIR: {"sides": Kind.PERSONA},
}
STARTS = ("self", "this", "created", "actor", INPUT)


class PathError(Exception):
    """A path that leads nowhere. ``hint`` says what would."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


NOBODY = "only what a transition says of itself knows who presses it"


@dataclass(frozen=True, slots=True)
class Asked:
    """Where a condition stands: the kinds of ``self``, ``this`` and ``created``, and the questions it may look at.

    ``questions`` None: answers cannot be looked at here, for the reason ``unanswered``. ``nobody``: why there is
    no actor here; None: there is one. ``later``: the questions that are asked only after this place. ``asking``:
    a question is about to be asked or judged, so that answers of every type can be looked at.
    """

    kind: Sort
    this: Sort | None = None
    created: Sort | None = None
    questions: frozenset[str] | None = None
    unanswered: str = "the answers are not known here"
    nobody: str | None = NOBODY
    later: frozenset[str] = frozenset()
    asking: bool = False

    def at(self, kind: Sort) -> "Asked":
        """The same place, asked of a record of another kind."""
        return replace(self, kind=kind)


@dataclass(frozen=True, slots=True)
class Typed:
    """A path, and the kind of record at the end of its links (of the records of its list, if it ends in one)."""

    path: Path
    kind: Sort


class Declared(Protocol):
    """What a file itself adds to a kind of record."""

    def values_of(self, sort: Sort) -> tuple[str, ...]:
        """Its values: further machines, and fields."""

    def links_of(self, sort: Sort) -> Mapping[str, Sort]:
        """What a record of a declared kind is linked to, by name."""

    def lists_of(self, sort: Sort) -> tuple[Sort, ...]:
        """The declared kinds whose records are linked to it."""


def resolve(text: str, asked: Asked, declared: Declared) -> Typed:
    """Gives a path its type. Raises PathError, with the words that could stand there instead."""
    steps = text.split(".")
    start, kind = _start(steps[0], asked)
    if start != "self" or steps[0] == "self":
        steps = steps[1:]
    links: tuple[str, ...] = ()
    for position, step in enumerate(steps):
        if step in (ways := _links(kind, declared)):
            link, kind = ways[step]
            links = (*links, link)
        elif position == len(steps) - 1:
            return _end(Path(text, start, links), step, kind, declared)
        else:
            raise _goes_on(text, position, kind, declared) or _no_step(text, step, kind, declared)
    return Typed(Path(text, start, links), kind)


def _links(kind: Sort, declared: Declared) -> Mapping[str, tuple[str, Sort]]:
    """The ways from a record to one other: the word, the engine's link and where it leads."""
    own = {name: (name, sort) for name, sort in declared.links_of(kind).items()}
    return {**own, AUTHOR: (AUTHOR, Kind.USER), **_PROGRAM} if own else _LINKS.get(kind, {})


def _start(first: str, asked: Asked) -> tuple[str, Sort]:
    if first == "this":
        if asked.this is None:
            raise PathError(
                "this cannot be used in a fact, which may be asked of any record", "write it where it is used"
            )
        return "this", asked.this
    if first == "actor":
        if asked.nobody is not None:
            raise PathError(f"there is no actor here: {asked.nobody}", "ask it in allow, require or warn")
        return "actor", Kind.USER
    if first == "created":
        if asked.created is None:
            message = "created is known only in the require and warn of what creates a persona"
            raise PathError(message, "in its then, this is the new persona")
        return "created", asked.created
    return "self", asked.kind


def _end(path: Path, step: str, kind: Sort, declared: Declared) -> Typed:
    if step in values_of(kind, declared):
        return Typed(replace(path, value=step), kind)
    if step in (lists := _LISTS.get(kind, {})):
        return Typed(replace(path, many=step), lists[step])
    if step in declared.lists_of(kind):
        return Typed(replace(path, many=step), step)
    if kind is Kind.PERSONA and step in values_of(Kind.USER, declared):
        return Typed(replace(path, links=(*path.links, "user"), value=step), Kind.USER)
    raise _no_step(path.text, step, kind, declared)


def values_of(kind: Sort, declared: Declared) -> tuple[str, ...]:
    """Everything that can be asked of a record of this kind itself."""
    return (*_VALUES.get(kind, ()), *declared.values_of(kind))


def lists_of(kind: Sort, declared: Declared) -> tuple[str, ...]:
    """The lists of records that a record of this kind leads to."""
    return (*_LISTS.get(kind, {}), *declared.lists_of(kind))


def is_reserved(word: str) -> bool:
    """Whether a word of paths means something already, so that no file can give it another meaning."""
    known = {*_LISTS[Kind.USER], *_LISTS[Kind.PAIR], *(step for links in _LINKS.values() for step in links)}
    return word in known | {AUTHOR, *STARTS, *(value for values in _VALUES.values() for value in values)}


def _goes_on(text: str, position: int, kind: Sort, declared: Declared) -> PathError | None:
    """Why a path cannot go on behind a word that may well end one; None where the word may not."""
    steps = text.split(".")
    step, rest, way = steps[position], ".".join(steps[position + 1 :]), ".".join(steps[: position + 1])
    if step in lists_of(kind, declared):
        hint = f"ask some or none of them: some: {{of: {quoted(way)}, where: {{{quoted(rest)}: ...}}}}"
        return PathError(f"{quoted(text)}: {step} are several records, and it is not said which", hint)
    of_user = values_of(Kind.USER, declared) if kind is Kind.PERSONA else ()
    if step not in (*values_of(kind, declared), *of_user):
        return None
    hint = f"write {quoted(way)}; what is to be asked of a person whom a field names, needs a record linked to them"
    return PathError(
        f"{quoted(text)}: the path ends at {step}, a value, and {quoted(rest)} cannot be asked of it", hint
    )


def _no_step(text: str, step: str, kind: Sort, declared: Declared) -> PathError:
    own, of_user, of_persona = (values_of(each, declared) for each in (kind, Kind.USER, Kind.PERSONA))
    known = (*_links(kind, declared), *own, *lists_of(kind, declared))
    if kind is Kind.PAIR and step in {*of_user, *of_persona, "user", "site", "personas", "matches"}:
        sides = " or ".join(f"{role.lower()}.{step}" for role in SIDES)
        return PathError(f"{quoted(text)}: a pair has two sides, and it is not said whose {step}", f"write {sides}")
    if kind is Kind.USER and step in {*of_persona, "site"}:
        hint = f"ask some or none of the personas: some: {{of: personas, where: {{{step}: ...}}}}"
        return PathError(f"{quoted(text)}: a user may have several personas, each with its own {step}", hint)
    if kind is Kind.PERSONA and step in values_of(Kind.PAIR, declared):
        return PathError(f"{quoted(text)}: a persona has no {step} of its own", f"write match.{step}")
    for link, (_, around) in _LINKS.get(kind, {}).items():
        if around in SURROUNDINGS and around != kind and step in values_of(around, declared):
            return PathError(f"{quoted(text)}: a {kind} has no {step} of its own", f"write {link}.{step}")
    reached = f"{quoted(text)}: " if "." in text else ""
    every = (*known, *of_user) if kind is Kind.PERSONA else known
    message = f"{reached}a {kind} has no {quoted(step)}{did_you_mean(step, every)}"
    return PathError(message, listed(every))
