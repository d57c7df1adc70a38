"""Texts with slots: taken apart, and each slot given what fills it, on a record of a certain kind."""

import re
from collections.abc import Iterator, Mapping

from server.engine.facts import Kind, Sort
from server.engine.messages import INPUT, Slot, Template, Word
from server.engine.paths import Path
from server.rules.diagnostics import Findings
from server.rules.nodes import Scalar
from server.rules.suggestions import did_you_mean, quoted
from server.rules.typed import Asked, Declared, PathError, Typed, resolve

NAMED = ("name", "first_name")
"""What a person is called; on a persona the words stand for its user."""

ID = "id"
"""The global id of a record, for addresses: ``{id}`` or ``{match.id}``."""

EVERYWHERE = ("program.title", "program.support_contact", "now", "today", "recipient.name", "recipient.first_name")
"""Slots that need no record."""

_PART = re.compile(r"\{\{|\}\}|\{([A-Za-z0-9_.]+)\}|[{}]|[^{}]+")
_LITERAL = {"{{": "{", "}}": "}"}


def parse(node: Scalar, findings: Findings) -> Template:
    """Takes a text apart. A brace that is neither part of a slot nor doubled is told, and left as it is."""
    pieces: list[str | Slot] = []
    text = str(node.value)
    for part in _PART.finditer(text):
        whole = part[0]
        if part[1] is not None:
            pieces.append(Slot(part[1]))
            continue
        if whole in {"{", "}"}:
            shown = quoted(text[part.start() :].split("\n", maxsplit=1)[0])
            hint = "write a slot as {user.name}, without spaces; write a brace that is meant as {{ or }}"
            findings.error(
                "bad-template",
                findings.locate(node.place, shown[:20]),
                f"this brace is neither part of a slot nor doubled: {shown}",
                hint,
            )
        literal = _LITERAL.get(whole, whole)
        if pieces and isinstance(pieces[-1], str):
            pieces[-1] += literal
        else:
            pieces.append(literal)
    return tuple(pieces)


def slots(template: Template) -> Iterator[str]:
    """What stands between the braces, in the order of the text."""
    return (piece.text for piece in template if isinstance(piece, Slot))


def word(text: str, kind: Sort, declared: Declared) -> Word:
    """What fills a slot on a record of this kind. Raises PathError, with what could stand there instead."""
    first, _, rest = text.partition(".")
    if first == INPUT and rest:
        return Word(rest, None)
    if first in {"this", "created"}:
        message = f"a text begins at the record it is about; {first} is not known in it"
        raise PathError(message, "choose the record by the subject of notify")
    return _of_record(text, Asked(kind), declared)


def _of_record(text: str, asked: Asked, declared: Declared) -> Word:
    *before, last = text.split(".")
    try:
        typed = resolve(text, asked, declared)
    except PathError as error:
        owner = _owner(before, asked, declared)
        if owner is None:
            raise
        found = _attribute(text, last, owner)
        if found is not None:
            return found
        raise _misspelt(error, text, last, _own(owner.kind)) from error
    if typed.path.many:
        raise PathError(f"{quoted(text)} is a list of records; a text takes one value", None)
    if typed.path.value is None:
        ways = " or ".join(f"{{{text}.{own}}}" for own in _own(typed.kind))
        raise PathError(f"{quoted(text)} is a record, and it is not said what of it", f"write {ways}")
    return Word(typed.path.value, typed.path)


def _owner(steps: list[str], asked: Asked, declared: Declared) -> Typed | None:
    """The record before the last step of a path; None where the steps do not lead to one."""
    if not steps:
        return Typed(Path(""), asked.kind)
    try:
        typed = resolve(".".join(steps), asked, declared)
    except PathError:
        return None
    return typed if typed.path.value is None and typed.path.many is None else None


def _own(kind: Sort) -> tuple[str, ...]:
    if kind is Kind.SITE:
        return (NAMED[0], ID)
    return (*NAMED, ID) if kind in {Kind.USER, Kind.PERSONA} else (ID,)


def _misspelt(error: PathError, text: str, last: str, own: tuple[str, ...]) -> PathError:
    """The same error, with the words that only texts have."""
    near = ""
    if "did you mean" not in error.message:
        near = did_you_mean(text, (*own, *EVERYWHERE)) or did_you_mean(last, own)
    hint = f"{error.hint}; in texts also {', '.join(own)}" if error.hint else None
    return PathError(f"{error.message}{near}", hint)


def _attribute(text: str, last: str, owner: Typed) -> Word | None:
    if last not in _own(owner.kind):
        return None
    of_person = last in NAMED and owner.kind is Kind.PERSONA
    return Word(last, Path(text, owner.path.start, (*owner.path.links, "user") if of_person else owner.path.links))


def words(texts: Mapping[str, None], kind: Sort, declared: Declared) -> Iterator[tuple[str, Word | PathError]]:
    """What fills each slot on a record of this kind, or what is wrong with it."""
    for text in texts:
        if text in EVERYWHERE:
            continue
        try:
            yield text, word(text, kind, declared)
        except PathError as error:
            yield text, error
