"""Compiles what a file says of fields: the declarations, what conditions ask of them, what effects set."""

from collections.abc import Callable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from server.domain.access import FieldClass
from server.engine.conditions import All, Condition, Filled, Includes, Not, OneOf
from server.engine.facts import Kind
from server.engine.paths import Operand, Path
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
    SITE,
    Answer,
    Compare,
    Constant,
    Sum,
    ValueOf,
    canonical,
)
from server.rules.diagnostics import Findings
from server.rules.names import FieldHead, Lookup, Names
from server.rules.nodes import Node, Scalar, Table, flag, section, text_of, word, words
from server.rules.suggestions import listed, quoted
from server.rules.times import SIGNS, read_now, says_now
from server.rules.typed import INPUT, Asked, Typed, is_reserved

NEVER = All(())
"""What stands in for a condition that could not be compiled; the errors keep it from being used."""

_PRESENCE = {"set": True, "empty": False}
_EXAMPLES = {
    INTEGER: "write a whole number: 3",
    DATE: 'write a date: "2026-09-01", today, or {today: {plus: P7D}}',
    INSTANT: 'write a moment with its zone: "2026-09-01T08:00:00Z", now, or {now: {plus: PT36H}}',
    BOOLEAN: "write true or false",
}

WHOLE_NUMBER = FieldHead(Kind.USER, INTEGER)
"""What a count is compared with is like: a whole number, whoever has it."""


def declared(key: str, node: Table, names: Names, findings: Findings) -> Field:
    """One field as the file declares it."""
    head, place, lookup = names.fields[key], node.place, Lookup(names, findings)
    if is_reserved(key) or key in names.owners:
        lookup.taken(key, place)
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
    zone: ZoneInfo

    def test(self, key: str, typed: Typed, node: Node, asked: Asked) -> Condition:
        """What a condition asks of the field that a path ends in; ``key``: the path as the file writes it."""
        head = self.names.head(typed.path.value)
        if head is None:
            return NEVER
        given = presence(node)
        if given is not None:
            return self._filled(typed.path, head, given)
        if head.type == CHOICE and not isinstance(node, Table) and not _leads_on(node):
            what = f"choice of {typed.path.value}"
            chosen = Lookup(self.names, self.findings).set_of(what, node, head.choices)
            return Includes(typed.path, chosen) if head.several else OneOf(typed.path, chosen)
        if head.several and not isinstance(node, Table):
            message = f"{quoted(key)} holds several values"
            self.findings.error("wrong-type", node.place, message, "it can be asked whether it is set or empty")
            return NEVER

        def compared(operator: str, operand: Operand) -> Condition:
            return Compare(typed.path, operator, operand, head.type)

        return self.compared(key, head, node, asked, compared)

    @staticmethod
    def _filled(path: Path, head: FieldHead, wanted: bool) -> Condition:
        if not head.several:
            return Filled(path, wanted)
        return Includes(path) if wanted else Not(Includes(path))

    def compared(
        self, key: str, head: FieldHead, node: Node, asked: Asked, make: Callable[[str, Operand], Condition]
    ) -> Condition:
        """A value that must be the same, or a map of comparisons, all of which must hold."""
        if not isinstance(node, Table) or says_now(head.type, node):
            operand = self.operand(head, node, asked)
            return make("equals", operand) if operand else NEVER
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
                parts += [make(word_, operand)] if operand else []
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def operand(self, head: FieldHead, node: Node, asked: Asked) -> Operand | None:
        """A value of the type of a field: a constant, the time, an answer or another value; None after an error."""
        if says_now(head.type, node):
            return read_now(head.type, node, self.zone, self.findings)
        value = node.value if isinstance(node, Scalar) else None
        if value is None or isinstance(value, float):
            self._wrong(head, node)
            return None
        if isinstance(value, str) and value.split(".")[0] == INPUT:
            return self._answer(value, head, node, asked)
        if isinstance(value, str) and _is_path(value, head.type):
            return self._other(value, head, node, asked)
        text = text_of(node)
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
            if field_type(self.names.types[key]) == head.type:
                return Answer(key)
            message = f"{key} is answered with a {self.names.types[key]}, which is no value of the type {head.type}"
            self.findings.error("wrong-type", node.place, message)
        return None

    def _other(self, text: str, head: FieldHead, node: Node, asked: Asked) -> Operand | None:
        typed = Lookup(self.names, self.findings).path(Scalar(text, node.place), asked)
        if typed is None:
            return None
        path = typed.path
        other = self.names.head(path.value)
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
        if isinstance(node, Table) and not says_now(head.type, node):
            return self._changed(key, head, node)
        return self.operand(head, node, asked)

    def _changed(self, key: str, head: FieldHead, node: Table) -> Operand | None:
        """The field's own value, plus or minus a number."""
        for sign, entry in node.entries.items():
            amount = entry.node.value if isinstance(entry.node, Scalar) else None
            if sign in SIGNS and head.type == INTEGER and isinstance(amount, int) and not isinstance(amount, bool):
                return Sum(ValueOf(Path(key, value=key)), SIGNS[sign] * amount)
        self.findings.error("wrong-type", node.place, f"{key} cannot be set to this", "write {plus: 1} or {minus: 1}")
        return None


def field_type(asked: str) -> str:
    """The type of the fields that the answer to a question of a type fits."""
    return SITE if asked == "reference" else asked


def _is_path(text: str, type_: str) -> bool:
    """Words with a dot lead somewhere, and of what has an order each word: no number or date is written so."""
    first = text.split(".", maxsplit=1)[0]
    return ("." in text or type_ in ORDERED) and first.isidentifier() and first.islower()


def _leads_on(node: Node) -> bool:
    """Whether it is the way to another value of the same type, and no choice."""
    return isinstance(node, Scalar) and isinstance(node.value, str) and _is_path(node.value, CHOICE)


def presence(node: Node) -> bool | None:
    """Whether a value is asked to be there (``set``) or not (``empty``); None where something else is asked."""
    found = words(node) if isinstance(node, Scalar) else ()
    return _PRESENCE.get(found[0][0]) if found else None
