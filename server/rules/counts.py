"""Compiles what conditions ask of lists: how many of the records there are like this, and what the last of them is."""

from collections.abc import Callable
from dataclasses import dataclass

from server.engine.conditions import Condition, Count, Latest
from server.engine.paths import Operand
from server.engine.values import Constant
from server.rules.diagnostics import Findings
from server.rules.fields import NEVER, WHOLE_NUMBER, FieldRules
from server.rules.names import Lookup, Names
from server.rules.nodes import Node, Scalar, Table
from server.rules.suggestions import listed, quoted
from server.rules.typed import Asked, Typed, lists_of

Compile = Callable[[Node, Asked], Condition]

_LIMITS = ("at_least", "at_most", "exactly")


def records(node: Node | None, asked: Asked, names: Names, findings: Findings) -> Typed | None:
    """The path of a list of records; None, with an error, where it is none."""
    typed = Lookup(names, findings).path(node, asked) if isinstance(node, Scalar) else None
    if typed is None or not isinstance(node, Scalar):
        return None
    if typed.path.many is None:
        message = f"{quoted(node.value)} is not a list of records"
        one = f"to move this one record write subject: {quoted(node.value)}" if typed.path.value is None else None
        findings.error("not-a-list", node.place, message, one or listed(lists_of(typed.kind, names)))
        return None
    return typed


@dataclass(frozen=True, slots=True)
class Counts:
    """The conditions on lists of one file. ``compile``: how the conditions within them are compiled."""

    values: FieldRules
    compile: Compile

    def some(self, node: Node, asked: Asked) -> Condition:
        """At least one."""
        return self._counted(node, asked, Constant("1"), None)

    def none(self, node: Node, asked: Asked) -> Condition:
        """Not one."""
        return self._counted(node, asked, None, Constant("0"))

    def count(self, node: Node, asked: Asked) -> Condition:
        """As many as its limits say."""
        findings = self.values.findings
        limits = {key: self._limit(node, key, asked) for key in _LIMITS}
        if limits["exactly"] is not None:
            if limits["at_least"] is not None or limits["at_most"] is not None:
                findings.error("contradiction", node.place, "exactly stands alone, without at_least and at_most")
            return self._counted(node, asked, limits["exactly"], limits["exactly"])
        least, most = limits["at_least"], limits["at_most"]
        if isinstance(node, Table) and not node.entries.keys() & set(_LIMITS):
            findings.error("missing-key", node.place, "count needs at_least, at_most or exactly")
        elif isinstance(least, Constant) and isinstance(most, Constant) and int(least.text) > int(most.text):
            findings.error("contradiction", node.place, f"at_least {least.text} is more than at_most {most.text}")
        return self._counted(node, asked, least, most)

    def last(self, node: Node, asked: Asked) -> Condition:
        """What is asked of the one that was made last."""
        typed, where = self._list(node, asked)
        that = node.get("that") if isinstance(node, Table) else None
        if typed is None or that is None:
            return NEVER
        return Latest(typed.path, where, self.compile(that, asked.at(typed.kind)))

    def _limit(self, node: Node, key: str, asked: Asked) -> Operand | None:
        found = node.get(key) if isinstance(node, Table) else None
        return None if found is None else self.values.operand(WHOLE_NUMBER, found, asked)

    def _counted(self, node: Node, asked: Asked, least: Operand | None, most: Operand | None) -> Condition:
        typed, where = self._list(node, asked)
        return NEVER if typed is None else Count(typed.path, where, least, most)

    def _list(self, node: Node, asked: Asked) -> tuple[Typed | None, Condition | None]:
        of, where = (node.get(key) if isinstance(node, Table) else None for key in ("of", "where"))
        typed = records(of, asked, self.values.names, self.values.findings)
        if typed is None or where is None:
            return typed, None
        return typed, self.compile(where, asked.at(typed.kind))
