"""Compiles what conditions ask of the past: statuses a record has had, transitions it has gone through, ages."""

from collections.abc import Callable
from dataclasses import dataclass

from server.engine.conditions import All, AnyOf, Condition
from server.engine.memory import ONCE, Been, Did, Recently
from server.engine.paths import Operand, Path
from server.rules.fields import NEVER, WHOLE_NUMBER, FieldRules
from server.rules.names import Lookup
from server.rules.nodes import Entry, Node, Scalar, Table, words
from server.rules.suggestions import listed, quoted
from server.rules.times import read_age, read_duration
from server.rules.typed import Asked


@dataclass(frozen=True, slots=True)
class Memory:
    """The conditions on the past of one file. ``recalls``: the machines whose past is asked for; it fills up."""

    values: FieldRules
    recalls: set[str]

    def been(self, node: Node, asked: Asked) -> Condition:
        """Which statuses a record has been in."""
        return _each(node, lambda key, entry: self._been(key, entry, asked))

    def age(self, node: Node, asked: Asked) -> Condition:
        """How long a record has been in its status."""
        return _each(node, lambda key, entry: self._age(key, entry, asked))

    def did(self, node: Node, asked: Asked) -> Condition:
        """Which transitions a record has gone through: a word, a list of which one is enough, or a map."""
        if isinstance(node, Table):
            return _each(node, lambda key, entry: self._did(Scalar(key, entry.place), entry.node, asked))
        parts = tuple(self._did(Scalar(text, place), None, asked) for text, place in words(node))
        return parts[0] if len(parts) == 1 else AnyOf(parts)

    def _been(self, key: str, entry: Entry, asked: Asked) -> Condition:
        path = self._machine(key, entry, asked, "been asks for statuses a record has had")
        if path is None or path.value is None:
            return NEVER
        self.recalls.add(path.value)
        node, lookup = entry.node, Lookup(self.values.names, self.values.findings)
        if not isinstance(node, Table):
            return Been(path, lookup.statuses(path.value, node))
        if "in" not in node.entries:
            self.values.findings.error("missing-key", node.place, "been needs the key in: which statuses are meant")
        return Been(path, lookup.statuses(path.value, node.get("in")), *self._often(node, asked))

    def _age(self, key: str, entry: Entry, asked: Asked) -> Condition:
        path = self._machine(key, entry, asked, "age asks how long a record has been in a status")
        return NEVER if path is None else read_age(path, self.values.zone, entry.node, self.values.findings)

    def _did(self, name: Scalar, how: Node | None, asked: Asked) -> Condition:
        names, findings, key = self.values.names, self.values.findings, str(name.value)
        if not Lookup(names, findings).known("transition", key, names.transitions, name.place):
            return NEVER
        head = names.transitions[key]
        if head.kind is not None and head.kind != asked.kind:
            message = f"{key} moves a {head.kind}, but it is asked of a {asked.kind}"
            findings.error("wrong-kind", name.place, message, "ask it of that record: by its path, or in some or none")
        if head.machine is not None:
            self.recalls.add(head.machine)
        return Did(frozenset({key}), *self._often(how, asked))

    def _often(self, node: Node | None, asked: Asked) -> tuple[Recently, Operand]:
        within, least = (node.get(key) if isinstance(node, Table) else None for key in ("within", "at_least"))
        duration = read_duration(within, self.values.findings)
        number = None if least is None else self.values.operand(WHOLE_NUMBER, least, asked)
        return Recently(duration, self.values.zone) if duration else Recently(), number or ONCE

    def _machine(self, key: str, entry: Entry, asked: Asked, said: str) -> Path | None:
        names, findings = self.values.names, self.values.findings
        typed = Lookup(names, findings).path(Scalar(key, entry.place), asked)
        if typed is None:
            return None
        if typed.path.value is None or typed.path.value not in names.owners:
            findings.error("wrong-type", entry.place, f"{said}; {quoted(key)} is none", listed(names.owners))
            return None
        return typed.path


def _each(node: Node, one: Callable[[str, Entry], Condition]) -> Condition:
    """All that a map says."""
    entries = node.entries.items() if isinstance(node, Table) else ()
    parts = tuple(one(key, entry) for key, entry in entries)
    return parts[0] if len(parts) == 1 else All(parts)
