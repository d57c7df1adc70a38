"""Compiles what an answer must be like: limits, lengths, patterns, and what must hold of the situation beside it."""

from collections.abc import Callable
from dataclasses import dataclass

from server.engine.conditions import Condition
from server.engine.paths import Operand
from server.engine.patterns import Pattern, PatternError, parse_pattern
from server.engine.questions import Check
from server.engine.values import Constant, difference
from server.rules.diagnostics import Findings
from server.rules.nodes import Node, Scalar, Table, section, word

_ORDERED = frozenset({"integer", "date"})
_LIMITS = ("min", "max")
_OF_TEXT = ("length", "pattern")


@dataclass(frozen=True, slots=True)
class Checks:
    """Compiles the checks of one place.

    ``limit`` reads a limit of a type; ``that`` compiles a condition, or is None where none can be asked.
    """

    findings: Findings
    limit: Callable[[str, Node], Operand | None]
    that: Callable[[Node], Condition] | None = None

    def compile(self, kind: str, node: Node) -> tuple[Check, ...]:
        """All checks of an answer of this type, in the order of the file."""
        entries = section(node, "checks").entries.items()
        return tuple(self._check(code, kind, entry.node) for code, entry in entries if isinstance(entry.node, Table))

    def _check(self, code: str, kind: str, node: Table) -> Check:
        said = [slot for slot in (*_LIMITS, *_OF_TEXT) if slot in node.entries]
        if not said and "that" not in node.entries:
            hint = f"add min, max, length or pattern{', or that' if self.that else ''}"
            self.findings.error("missing-key", node.place, f"{code} checks nothing", hint)
        for slot in said:
            fits = kind in _ORDERED if slot in _LIMITS else kind == "text"
            if not fits:
                of = "whole numbers and dates" if slot in _LIMITS else "texts"
                message = f"{slot} is for {of}, not for the type {kind}"
                self.findings.error("contradiction", node.place_of(slot), message)
        least, most = (self._limit(kind, node.get(slot)) for slot in _LIMITS)
        if isinstance(least, Constant) and isinstance(most, Constant) and difference(kind, least.text, most.text) > 0:
            message = f"min {least.text} is more than max {most.text}"
            self.findings.error("contradiction", node.place_of("max"), message)
        shortest, longest = self._length(node.get("length"))
        pattern, that = self._pattern(node.get("pattern")), self._that(node)
        return Check(code, word(node, "otherwise") or "", least, most, shortest, longest, pattern, that)

    def _limit(self, kind: str, node: Node | None) -> Operand | None:
        return self.limit(kind, node) if node is not None and kind in _ORDERED else None

    def _that(self, node: Table) -> Condition | None:
        found = node.get("that")
        if found is None:
            return None
        if self.that is None:
            message = "a question is asked in many places, and it is not known here of which record"
            self.findings.error("contradiction", node.place_of("that"), message, "write the check where it is asked")
            return None
        return self.that(found)

    def _length(self, node: Node | None) -> tuple[int | None, int | None]:
        if isinstance(node, Scalar):
            return None, _number(node)
        least, most = (_number(node.get(slot)) if isinstance(node, Table) else None for slot in ("at_least", "at_most"))
        if node is not None and least is not None and most is not None and least > most:
            self.findings.error("contradiction", node.place, f"at_least {least} is more than at_most {most}")
        return least, most

    def _pattern(self, node: Node | None) -> Pattern | None:
        if not isinstance(node, Scalar):
            return None
        try:
            return parse_pattern(str(node.value))
        except PatternError as error:
            hint = "letters and digits stand for themselves, . for any; [A-Z] \\d \\w \\s ( | ) * + ? {2,5} work"
            self.findings.error("bad-pattern", node.place, f"this is no pattern: {error}", hint)
            return None


def _number(node: Node | None) -> int | None:
    value = node.value if isinstance(node, Scalar) else None
    return value if isinstance(value, int) else None
