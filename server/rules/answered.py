"""Compiles what conditions ask of answers."""

from dataclasses import dataclass

from server.engine.conditions import Answered, Condition, Not
from server.engine.facts import Kind
from server.engine.paths import Operand
from server.engine.values import AnswerIs
from server.rules.fields import NEVER, FieldRules, field_type, presence
from server.rules.names import FieldHead, Lookup
from server.rules.nodes import Entry, Node, Scalar
from server.rules.suggestions import quoted
from server.rules.typed import Asked

"""The type of the field that an answer is compared with, where it is called otherwise."""


@dataclass(frozen=True, slots=True)
class Answers:
    """The conditions on answers of one file."""

    values: FieldRules

    def test(self, key: str, entry: Entry, asked: Asked) -> Condition:
        """What a condition asks of the answer to a question."""
        findings = self.values.findings
        if asked.questions is None:
            hint = "an answer can be looked at in then, and under checks and if of a question"
            findings.error("answer-not-known", entry.place, f"input.{quoted(key)}: {asked.unanswered}", hint)
            return NEVER
        if not Lookup(self.values.names, findings).known("input", key, self.values.names.types, entry.place):
            return NEVER
        if key in asked.later:
            message = f"{key} is not asked before this question, so its answer is not known"
            findings.error("not-asked", entry.place, message, f"ask {key} further up")
        elif key not in asked.questions:
            message = f"the transition does not ask {key}"
            findings.error("not-asked", entry.place, message, f"add {key} to its ask")
        return self._of_type(self.values.names.types[key], key, entry, asked)

    def _of_type(self, kind: str, key: str, entry: Entry, asked: Asked) -> Condition:
        if kind not in {"boolean", "choice"} and not asked.asking:
            message = f"{key} is a {kind}: only answers of the types choice and boolean can be compared"
            hint = "in if and checks of a question all can"
            self.values.findings.error("wrong-type", entry.place, message, hint)
            return NEVER
        given = presence(entry.node)
        if given is not None:
            return Answered(key, frozenset()) if given else Not(Answered(key, frozenset()))
        if kind == "boolean":
            return Answered(key, self._truths(entry.node))
        if kind == "choice":
            lookup, choices = Lookup(self.values.names, self.values.findings), self.values.names.choices[key]
            return Answered(key, lookup.set_of(f"choice of {key}", entry.node, choices))
        type_ = field_type(kind)

        def compared(operator: str, operand: Operand) -> Condition:
            return AnswerIs(key, operator, operand, type_)

        return self.values.compared(f"input.{key}", FieldHead(Kind.USER, type_), entry.node, asked, compared)

    def _truths(self, node: Node) -> frozenset[str]:
        if isinstance(node, Scalar) and isinstance(node.value, bool):
            return frozenset({str(node.value).lower()})
        self.values.findings.error("wrong-type", node.place, "this answer is true or false")
        return frozenset()
