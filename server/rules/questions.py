"""Compiles questions: the inputs with what their answers must be like, and how each transition asks them."""

from dataclasses import dataclass, replace

from server.engine.answers import complaints
from server.engine.patterns import Pattern, PatternError, parse_pattern
from server.engine.places import Place
from server.engine.questions import TODAY, Check, Choice, Input, Question
from server.engine.values import canonical, difference, joined
from server.rules.asking import Asking, asking
from server.rules.conditions import Conditions
from server.rules.diagnostics import Findings
from server.rules.names import Lookup, Names
from server.rules.nodes import Items, Node, Scalar, Table, flag, section, word, words
from server.rules.suggestions import quoted
from server.rules.typed import Asked

_ORDERED = {"integer": "a whole number: 3", "date": 'a date: "2026-09-01", or today'}
_LIMITS = ("min", "max")
_OF_TEXT = ("length", "pattern")


@dataclass(frozen=True, slots=True)
class Inputs:
    """Compiles the questions that a file declares."""

    findings: Findings

    def input(self, key: str, node: Table, place: Place) -> Input:
        """One question. Only those of the type choice have choices."""
        kind, choices = word(node, "type") or "", section(node, "choices")
        if kind == "choice" and "choices" not in node.entries:
            self.findings.error("missing-key", place, f"inputs.{key} is a choice and needs the key choices")
        if kind != "choice" and "choices" in node.entries:
            message = f"inputs.{key} is a {kind} and has no choices"
            self.findings.error("contradiction", node.place_of("choices"), message, "write type: choice")
        answers = tuple(Choice(answer, word(entry.node, "label") or "") for answer, entry in choices.entries.items())
        checks = tuple(
            self._check(code, kind, entry.node)
            for code, entry in section(node, "checks").entries.items()
            if isinstance(entry.node, Table)
        )
        several = flag(node, "several")
        if several and kind != "choice":
            message = f"inputs.{key} is of the type {kind}, and only choices can be several"
            self.findings.error("contradiction", node.place_of("several"), message)
        return Input(key, word(node, "label") or "", kind, answers, word(node, "help"), checks, several)

    def _check(self, code: str, kind: str, node: Table) -> Check:
        said = [slot for slot in (*_LIMITS, *_OF_TEXT) if slot in node.entries]
        if not said:
            self.findings.error("missing-key", node.place, f"{code} checks nothing", "add min, max, length or pattern")
        for slot in said:
            fits = kind in _ORDERED if slot in _LIMITS else kind == "text"
            if not fits:
                of = "whole numbers and dates" if slot in _LIMITS else "texts"
                message = f"{slot} is for {of}, not for the type {kind}"
                self.findings.error("contradiction", node.place_of(slot), message)
        least, most = (self._limit(kind, node.get(slot)) if kind in _ORDERED else None for slot in _LIMITS)
        if least and most and TODAY not in (least, most) and difference(kind, least, most) > 0:
            self.findings.error("contradiction", node.place_of("max"), f"min {least} is more than max {most}")
        shortest, longest = self._length(node.get("length"))
        pattern = self._pattern(node.get("pattern"))
        return Check(code, word(node, "otherwise") or "", least, most, shortest, longest, pattern)

    def _limit(self, kind: str, node: Node | None) -> str | None:
        if not isinstance(node, Scalar):
            return None
        if kind == "date" and node.value == TODAY:
            return TODAY
        fits = isinstance(node.value, int) is (kind == "integer")
        found = canonical(kind, str(node.value)) if fits else None
        if found is None:
            message = f"{quoted(node.value)} is no limit for the type {kind}"
            self.findings.error("wrong-type", node.place, message, f"write {_ORDERED[kind]}")
        return found

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


@dataclass(frozen=True, slots=True)
class Questions:
    """Compiles how the transitions of one file ask."""

    names: Names
    conditions: Conditions
    inputs: dict[str, Input]
    defaults: dict[str, Node]
    findings: Findings

    def compile(self, node: Node | None, asked: Asked) -> tuple[Question, ...]:
        """The questions of one transition. ``asked``: where their conditions stand."""
        found: dict[str, Question] = {}
        every = asking(node)
        for each in every:
            if not Lookup(self.names, self.findings).known("input", each.key, self.names.types, each.place):
                continue
            if each.key in found:
                self.findings.error("duplicate-item", each.place, f"{each.key} is asked twice")
            elif each.key in self.inputs:
                later = frozenset(other.key for other in every) - found.keys()
                here = replace(asked, questions=frozenset(found), later=later)
                found[each.key] = self._question(each, self.inputs[each.key], here)
        return tuple(found.values())

    def _question(self, each: Asking, about: Input, asked: Asked) -> Question:
        condition = None if each.condition is None else self.conditions.compile(each.condition, asked)
        node = each.default or self.defaults.get(each.key)
        default = None if node is None else self._default(about, node)
        if each.required and node is not None:
            message = f"{each.key} has a default, which answers it where nobody does"
            self.findings.error("contradiction", each.place, message, "take away the default, or that it is required")
        return Question(about, each.required and node is None, condition, default)

    def _default(self, about: Input, node: Node) -> str | None:
        value = node.value if isinstance(node, Scalar) else joined(text for text, _ in words(node))
        text = str(value).lower() if isinstance(value, bool) else str(value)
        if isinstance(node, Items) and not about.several:
            message = f"{about.key} takes one answer"
            self.findings.error("wrong-type", node.place, message, "write one, or several: true at the question")
            return None
        if about.type == "reference":
            message = f"{about.key} is answered with a site, which the file does not know"
            self.findings.error("contradiction", node.place, message)
            return None
        wrong = complaints(about, text, None)
        for complaint in wrong:
            self.findings.error("wrong-type", node.place, f"this default is refused as an answer: {complaint}")
        return None if wrong else about.canonical(text)


def _number(node: Node | None) -> int | None:
    value = node.value if isinstance(node, Scalar) else None
    return value if isinstance(value, int) else None
