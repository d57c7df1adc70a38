"""Compiles questions: the inputs with what their answers must be like, and how each transition asks them."""

from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from server.engine.answers import complaints
from server.engine.conditions import Condition
from server.engine.facts import Kind
from server.engine.paths import Operand
from server.engine.places import Place
from server.engine.questions import Check, Choice, Input, Question
from server.engine.values import Constant, canonical, joined
from server.rules.asking import Asking, asking
from server.rules.checks import Checks
from server.rules.conditions import Conditions
from server.rules.diagnostics import Findings
from server.rules.names import FieldHead, Lookup, Names
from server.rules.nodes import Items, Node, Scalar, Table, flag, section, text_of, word, words
from server.rules.suggestions import quoted
from server.rules.times import read_now, says_now
from server.rules.typed import Asked

_ORDERED = {"integer": "a whole number: 3", "date": 'a date: "2026-09-01", or today'}


@dataclass(frozen=True, slots=True)
class Inputs:
    """Compiles the questions that a file declares."""

    findings: Findings
    zone: ZoneInfo

    def input(self, key: str, node: Table, place: Place) -> Input:
        """One question. Only those of the type choice have choices."""
        kind, choices = word(node, "type") or "", section(node, "choices")
        if kind == "choice" and "choices" not in node.entries:
            self.findings.error("missing-key", place, f"inputs.{key} is a choice and needs the key choices")
        if kind != "choice" and "choices" in node.entries:
            message = f"inputs.{key} is a {kind} and has no choices"
            self.findings.error("contradiction", node.place_of("choices"), message, "write type: choice")
        answers = tuple(Choice(answer, word(entry.node, "label") or "") for answer, entry in choices.entries.items())
        checks = Checks(self.findings, self._limit).compile(kind, node)
        several = flag(node, "several")
        if several and kind != "choice":
            message = f"inputs.{key} is of the type {kind}, and only choices can be several"
            self.findings.error("contradiction", node.place_of("several"), message)
        return Input(key, word(node, "label") or "", kind, answers, word(node, "help"), checks, several)

    def _limit(self, kind: str, node: Node) -> Operand | None:
        """A limit that is the same wherever the question is asked: written in the file, or counted from today."""
        if says_now(kind, node):
            return read_now(kind, node, self.zone, self.findings)
        value = node.value if isinstance(node, Scalar) else None
        fits = isinstance(value, int) is (kind == "integer")
        found = canonical(kind, str(value)) if fits else None
        if found is None:
            message = f"{quoted(str(value))} is no limit for the type {kind}"
            hint = f"write {_ORDERED[kind]}; a way to a value stands where the question is asked"
            self.findings.error("wrong-type", node.place, message, hint)
        return None if found is None else Constant(found)


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
                here = replace(asked, questions=frozenset(found), later=later, asking=True)
                found[each.key] = self._question(each, self.inputs[each.key], here)
        return tuple(found.values())

    def _question(self, each: Asking, about: Input, asked: Asked) -> Question:
        condition = self.conditions.given(each.condition, asked)
        node = each.default or self.defaults.get(each.key)
        default = None if node is None else self._default(about, node)
        if each.required and node is not None:
            message = f"{each.key} has a default, which answers it where nobody does"
            self.findings.error("contradiction", each.place, message, "take away the default, or that it is required")
        return Question(about, each.required and node is None, condition, default, self._checks(each, about, asked))

    def _checks(self, each: Asking, about: Input, asked: Asked) -> tuple[Check, ...]:
        """What is asked of the answer here, beside what the question itself asks; it may look at the answer too."""
        here = replace(asked, questions=(asked.questions or frozenset()) | {about.key}, later=asked.later - {about.key})

        def limit(kind: str, node: Node) -> Operand | None:
            return self.conditions.fields().operand(FieldHead(Kind.USER, kind), node, here)

        def that(node: Node) -> Condition:
            return self.conditions.compile(node, here)

        return Checks(self.findings, limit, that).compile(about.type, each.how)

    def _default(self, about: Input, node: Node) -> str | None:
        text = text_of(node) if isinstance(node, Scalar) else joined(text for text, _ in words(node))
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
