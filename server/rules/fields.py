"""Compiles what a file says of fields: the declarations, what conditions ask of them, what effects set."""

from dataclasses import dataclass

from server.domain.access import FieldClass
from server.engine.conditions import All, Condition, Filled, Includes, Not, OneOf
from server.engine.paths import Path
from server.engine.questions import Choice
from server.engine.ruleset import Field
from server.engine.values import (
    BOOLEAN,
    CHOICE,
    DATE,
    INSTANT,
    INTEGER,
    OPERATORS,
    ORDERED,
    Answer,
    Compare,
    Constant,
    Now,
    Operand,
    Sum,
    ValueOf,
    canonical,
)
from server.rules.diagnostics import Findings
from server.rules.names import FieldHead, Lookup, Names
from server.rules.nodes import Node, Scalar, Table, flag, section, word, words
from server.rules.suggestions import listed, quoted
from server.rules.typed import INPUT, Asked, PathError, Typed, is_reserved, resolve

_NEVER = All(())
_PRESENCE = {"set": True, "empty": False}
_NOW = {DATE: "today", INSTANT: "now"}
_EXAMPLES = {
    INTEGER: "write a whole number: 3",
    DATE: 'write a date: "2026-09-01", or today',
    INSTANT: 'write a moment with its zone: "2026-09-01T08:00:00Z", or now',
    BOOLEAN: "write true or false",
}
_SIGNS = {"plus": 1, "minus": -1}


def declared(key: str, node: Table, names: Names, findings: Findings) -> Field:
    """One field as the file declares it."""
    head, place, lookup = names.fields[key], node.place, Lookup(names, findings)
    if is_reserved(key) or key in names.owners:
        findings.error(
            "reserved-name", place, f"{key} means something else in conditions already", "choose another key"
        )
    if head.type == CHOICE and not head.choices:
        findings.error("missing-key", place, f"fields.{key} is a choice and needs the key choices")
    if head.type != CHOICE and "choices" in node.entries:
        message = f"fields.{key} is of the type {head.type} and has no choices"
        findings.error("contradiction", node.place_of("choices"), message, "write type: choice")
    if head.several and flag(node, "unique"):
        findings.error(
            "contradiction", node.place_of("unique"), f"fields.{key} cannot hold several values and be unique"
        )
    choices = tuple(
        Choice(answer, word(entry.node, "label") or "") for answer, entry in section(node, "choices").entries.items()
    )
    return Field(
        key=key,
        label=word(node, "label") or "",
        owner=head.owner,
        type=head.type,
        sees=word(node, "sees") or FieldClass.STAFF,
        allow=lookup.set_of("actor", node.get("allow"), names.actors),
        choices=choices,
        help=word(node, "help"),
        several=head.several,
        unique=flag(node, "unique"),
    )


@dataclass(frozen=True, slots=True)
class FieldRules:
    """What conditions and effects say of the fields of one file."""

    names: Names
    findings: Findings

    def test(self, key: str, typed: Typed, node: Node, asked: Asked) -> Condition:
        """What a condition asks of the field that a path ends in; ``key``: the path as the file writes it."""
        head = self.names.fields[str(typed.path.value)]
        presence = _presence(node)
        if presence is not None:
            return self._filled(typed.path, head, presence)
        if isinstance(node, Table):
            return self._compared(key, typed.path, head, node, asked)
        if head.type == CHOICE:
            what = f"choice of {typed.path.value}"
            chosen = Lookup(self.names, self.findings).set_of(what, node, head.choices)
            return Includes(typed.path, chosen) if head.several else OneOf(typed.path, chosen)
        if head.several:
            message = f"{quoted(key)} holds several values"
            self.findings.error("wrong-type", node.place, message, "it can be asked whether it is set or empty")
            return _NEVER
        operand = self.operand(head, node, asked)
        return Compare(typed.path, "equals", operand, head.type) if operand else _NEVER

    @staticmethod
    def _filled(path: Path, head: FieldHead, wanted: bool) -> Condition:
        if not head.several:
            return Filled(path, wanted)
        return Includes(path) if wanted else Not(Includes(path))

    def _compared(self, key: str, path: Path, head: FieldHead, node: Table, asked: Asked) -> Condition:
        """A map of comparisons, all of which must hold."""
        parts = []
        for word_, entry in node.entries.items():
            if word_ not in OPERATORS:
                message = f"{quoted(key)} is compared with a value; {quoted(word_)} compares nothing"
                self.findings.error("unknown-comparison", entry.place, message, listed(OPERATORS))
            elif head.several or (word_ != "equals" and head.type not in ORDERED):
                message = f"{quoted(key)} has no order" if not head.several else f"{quoted(key)} holds several values"
                self.findings.error("wrong-type", entry.place, message, "write the value itself, or a list of them")
            else:
                operand = self.operand(head, entry.node, asked)
                parts += [Compare(path, word_, operand, head.type)] if operand else []
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def operand(self, head: FieldHead, node: Node, asked: Asked) -> Operand | None:
        """A value of the type of a field: a constant, the time, an answer or another value; None after an error."""
        value = node.value if isinstance(node, Scalar) else None
        if value is None or isinstance(value, float):
            self._wrong(head, node)
            return None
        if isinstance(value, str) and value.split(".")[0] == INPUT:
            return self._answer(value, head, node, asked)
        if isinstance(value, str) and _is_path(value):
            return self._other(value, head, node, asked)
        if value == _NOW.get(head.type):
            return Now(head.type)
        text = str(value).lower() if isinstance(value, bool) else str(value)
        if head.type == CHOICE:
            what = "choice of the field"
            return (
                Constant(text)
                if Lookup(self.names, self.findings).known(what, text, head.choices, node.place)
                else None
            )
        found = canonical(head.type, text)
        if found is None:
            self._wrong(head, node)
        return None if found is None else Constant(found)

    def _wrong(self, head: FieldHead, node: Node) -> None:
        hint = _EXAMPLES.get(head.type)
        self.findings.error("wrong-type", node.place, f"this is no value of the type {head.type}", hint)

    def _answer(self, text: str, head: FieldHead, node: Node, asked: Asked) -> Operand | None:
        key = text.partition(".")[2]
        if asked.questions is None:
            self.findings.error("answer-not-known", node.place, f"{quoted(text)}: {asked.unanswered}")
        elif Lookup(self.names, self.findings).known("input", key, asked.questions, node.place):
            if key in self.names.several and not head.several:
                message = f"{key} takes several answers, which one value cannot hold"
                self.findings.error("wrong-type", node.place, message, "add several: true to the field")
                return None
            if self.names.types[key] == _ASKED_AS.get(head.type, head.type):
                return Answer(key)
            message = f"{key} is answered with a {self.names.types[key]}, which is no value of the type {head.type}"
            self.findings.error("wrong-type", node.place, message)
        return None

    def _other(self, text: str, head: FieldHead, node: Node, asked: Asked) -> Operand | None:
        try:
            path = resolve(text, asked, self.names.values_of).path
        except PathError as error:
            self.findings.error("unknown-path", node.place, error.message, error.hint)
            return None
        other = self.names.fields.get(path.value or "")
        if other is None or (other.type, other.several) != (head.type, False):
            message = f"{quoted(text)} is no single value of the type {head.type}"
            self.findings.error("wrong-type", node.place, message, "both must be fields of one type")
            return None
        return ValueOf(path)

    def set_to(self, key: str, node: Node, asked: Asked) -> Operand | None:
        """What an effect sets a field to; None empties it, and stands in after an error."""
        head = self.names.fields[key]
        if isinstance(node, Scalar) and node.value is None:
            return None
        if isinstance(node, Table):
            return self._changed(key, head, node)
        return self.operand(head, node, asked)

    def _changed(self, key: str, head: FieldHead, node: Table) -> Operand | None:
        """The field's own value, plus or minus a number."""
        for sign, entry in node.entries.items():
            amount = entry.node.value if isinstance(entry.node, Scalar) else None
            if sign in _SIGNS and head.type == INTEGER and isinstance(amount, int) and not isinstance(amount, bool):
                return Sum(ValueOf(Path(key, value=key)), _SIGNS[sign] * amount)
        self.findings.error("wrong-type", node.place, f"{key} cannot be set to this", "write {plus: 1} or {minus: 1}")
        return None


_ASKED_AS = {"site": "reference"}
"""The type of the question whose answer fits a field, where it is called otherwise."""


def _is_path(text: str) -> bool:
    """Words with a dot lead somewhere; a constant that has one is written as a fact or a choice."""
    first = text.split(".", maxsplit=1)[0]
    return "." in text and first.isidentifier() and first.islower()


def _presence(node: Node) -> bool | None:
    found = words(node) if isinstance(node, Scalar) else ()
    return _PRESENCE.get(found[0][0]) if found else None
