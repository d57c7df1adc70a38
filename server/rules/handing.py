"""Compiles what an effect hands on to what it fires: a role, answers, and the fields of what is created."""

from collections.abc import Mapping
from dataclasses import dataclass

from server.engine.facts import Kind, Sort
from server.engine.paths import Operand, Path
from server.engine.values import CHOICE, Constant, ValueOf
from server.rules.fields import FieldRules, field_type
from server.rules.names import FieldHead, Head, Lookup
from server.rules.naming import named
from server.rules.nodes import Entry, Node, Scalar, Table
from server.rules.suggestions import listed, quoted
from server.rules.typed import INPUT, ROLE, Asked

_FIELDS = "fields"

Handed = tuple[Operand | None, Mapping[str, Operand], Mapping[str, Operand], Path | None]
"""The role, the answers, the values of fields, and the second record that a created one is linked to."""


@dataclass(frozen=True, slots=True)
class Handing:
    """Compiles the ``with`` of one effect. ``name``, ``head``: what it fires; ``asked``: where the effect stands."""

    rules: FieldRules
    name: str
    head: Head
    asked: Asked

    @property
    def _lookup(self) -> Lookup:
        return Lookup(self.rules.names, self.rules.findings)

    def read(self, node: Table) -> Handed:
        """What is handed on."""
        role: Operand | None = None
        answers: dict[str, Operand] = {}
        fields: dict[str, Operand] = {}
        partner: Path | None = None
        link, sort = self.rules.names.second(self.head) or ("", "")
        for key, entry in node.entries.items():
            if key == ROLE:
                role = self._role(entry)
            elif key == _FIELDS and isinstance(entry.node, Table):
                fields = self._fields(entry, entry.node)
            elif key == link:
                partner = self._partner(entry.node, sort)
            elif key not in self.head.asked:
                message = f"{self.name} does not ask {quoted(key)}"
                self.rules.findings.error("not-asked", entry.place, message, listed(sorted(self.head.asked)))
            else:
                answers |= self._answer(key, entry.node)
        return role, answers, fields, partner

    def _partner(self, node: Node, sort: Sort) -> Path | None:
        """The way to the second record that a created one is linked to."""
        found = self._lookup.path(node, self.asked) if isinstance(node, Scalar) else None
        typed = found and named(found, self.rules.names)
        if typed is None or typed.path.value or typed.path.many or typed.kind != sort:
            self.rules.findings.error("wrong-kind", node.place, f"this does not lead to one {sort}")
            return None
        return typed.path

    def _role(self, entry: Entry) -> Operand | None:
        if self.head.creates is not Kind.PERSONA:
            self.rules.findings.error(
                "contradiction", entry.place, f"{self.name} creates no persona, so it takes no role"
            )
        node = entry.node
        if not isinstance(node, Scalar) or node.value in self.rules.names.roles:
            return Constant(str(node.value)) if isinstance(node, Scalar) else None
        if "." not in str(node.value) and node.value != ROLE:
            self._lookup.known("role", str(node.value), self.rules.names.roles, node.place)
            return None
        typed = self._lookup.path(node, self.asked)
        if typed is not None and typed.path.value != ROLE:
            self.rules.findings.error("wrong-type", node.place, f"{quoted(node.value)} is not a role")
        return ValueOf(typed.path) if typed else None

    def _answer(self, key: str, node: Node) -> dict[str, Operand]:
        text = str(node.value) if isinstance(node, Scalar) else ""
        first, type_ = text.split(".")[0], self.rules.names.types.get(key, "")
        if isinstance(node, Scalar) and first == "this":
            typed = self._lookup.path(node, self.asked)
            return {key: ValueOf(typed.path)} if typed else {}
        if type_ == CHOICE and first != INPUT:
            self._lookup.known(f"choice of {key}", text, self.rules.names.choices[key], node.place)
            return {key: Constant(text)}
        choices, several = self.rules.names.choices.get(key, ()), key in self.rules.names.several
        head = FieldHead(self.asked.kind, field_type(type_), choices, several)
        found = self.rules.operand(head, node, self.asked)
        return {key: found} if found else {}

    def _fields(self, entry: Entry, node: Table) -> dict[str, Operand]:
        """What the fields of the created record are to hold."""
        kind = self.head.creates
        if kind is None:
            message = f"{self.name} creates nothing whose fields could be filled"
            self.rules.findings.error("contradiction", entry.place, message, "write set for the fields of a record")
            return {}
        own = [key for key, head in self.rules.names.fields.items() if head.owner == kind and not head.derived]
        what, entries = f"field of a {kind}", node.entries.items()
        known = {key: each for key, each in entries if self._lookup.known(what, key, own, each.place)}
        heads = self.rules.names.fields
        found = {key: self.rules.operand(heads[key], each.node, self.asked) for key, each in known.items()}
        return {key: operand for key, operand in found.items() if operand is not None}
