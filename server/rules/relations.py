"""Compiles comparisons of records with one another: who the actor is, whether it is this very record."""

from dataclasses import dataclass

from server.engine.conditions import Condition, Identical
from server.engine.facts import Kind, Sort
from server.engine.paths import Path
from server.engine.values import USER
from server.rules.diagnostics import Findings
from server.rules.names import Lookup, Names
from server.rules.nodes import Items, Node, Scalar, words
from server.rules.suggestions import quoted
from server.rules.typed import Asked, Typed

_STARTS = frozenset({"self", "this", "created", "actor"})


@dataclass(frozen=True, slots=True)
class Relations:
    """What conditions say of which record a record is."""

    names: Names
    findings: Findings

    def identical(self, key: str, typed: Typed, node: Node, asked: Asked) -> Condition | None:
        """The comparison of the record at a path with those that ``node`` leads to; None where it is no path."""
        if not self._is_paths(typed, node):
            return None
        found = [self._other(key, typed, Scalar(text, place), asked) for text, place in words(node)]
        return Identical(typed.path, tuple(path for path in found if path is not None))

    def _is_paths(self, typed: Typed, node: Node) -> bool:
        """Anything but a fact, of the actor; of another record only what begins with a word that says so."""
        given = [text for text, _ in words(node)]
        if not given or (isinstance(node, Items) and len(given) < len(node.items)):
            return False
        if isinstance(node, Scalar) and given[0] in self.names.facts:
            return False
        return typed.path.start == "actor" or all(text.split(".")[0] in _STARTS for text in given)

    def _other(self, key: str, typed: Typed, node: Scalar, asked: Asked) -> Path | None:
        other = Lookup(self.names, self.findings).path(node, asked)
        if other is None:
            return None
        text, path, field = str(node.value), other.path, self.names.fields.get(other.path.value or "")
        names_one = field is not None and field.type == USER and typed.kind is Kind.USER
        if path.many is not None or (path.value is not None and not names_one):
            message = f"{quoted(text)} is not one record"
            self.findings.error("not-a-record", node.place, message, "write the way to a record, such as mentor.user")
        elif path.value is None and other.kind != typed.kind:
            message = f"{quoted(key)} is a {typed.kind}, but {quoted(text)} is a {other.kind}"
            self.findings.error("wrong-type", node.place, message, _nearer(text, typed.kind, other.kind))
        return path


def _nearer(text: str, wanted: Sort, found: Sort) -> str | None:
    if wanted is not Kind.USER:
        return None
    return f"write {text}.user" if found is Kind.PERSONA else "say whose: mentor.user, mentee.user or proposer"
