"""Compiles what a file says of who finds whom, and of whom a field is shown to beyond its class."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from server.domain.access import FieldClass
from server.domain.vocabulary import SIDES
from server.engine.conditions import Condition, within
from server.engine.facts import Kind, kind_of
from server.engine.finding import Find, Selection, can_be_asked, can_follow, is_personal, paths_of
from server.engine.paths import Path
from server.engine.places import Place
from server.engine.ruleset import PLATFORM, Field
from server.rules.allowed import allowed
from server.rules.conditions import Conditions
from server.rules.diagnostics import Findings
from server.rules.names import Lookup, Names
from server.rules.nodes import Node, Table, word, words
from server.rules.suggestions import quoted
from server.rules.typed import Asked

_NO_ANSWERS = "nobody answers anything when records are looked at"
_HINT = "ask statuses, fields, the role, the site, and those of other records and of the actor"


@dataclass(frozen=True, slots=True)
class Sight:
    """Reads the rules of one file on who sees what."""

    names: Names
    conditions: Conditions
    findings: Findings

    def finds(self, things: list[tuple[str, Table]]) -> dict[str, Find]:
        """The rules by which people find records, in the order of the file."""
        return {key: self._find(node) for key, node in things}

    def _find(self, node: Table) -> Find:
        kind, where = kind_of(word(node, "of") or Kind.PERSONA), node.get("where")
        actors = [each.key for each in allowed(node.get("allow")) if self._is_actor(each.key, each.place)]
        classes = frozenset({FieldClass.PUBLIC, *(text for text, _ in words(node.get("sees")))})
        return Find(self._selection(kind, frozenset(actors), where), classes)

    def fields(self, fields: Mapping[str, Field], things: list[tuple[str, Table]]) -> dict[str, Field]:
        """The fields, with those to whom each is shown beyond its class."""
        nodes = dict(things)
        return {key: replace(field, shown_to=self._shown_to(field, nodes[key])) for key, field in fields.items()}

    def _shown_to(self, field: Field, node: Table) -> tuple[Selection, ...]:
        given = [each for each in allowed(node.get("shown_to")) if self._is_actor(each.key, each.place)]
        kind = kind_of(field.owner)
        if kind is Kind.RECORD and given:
            message = f"a {field.owner} is seen by its people, and no rule can show it to others"
            self.findings.error("not-for-sight", node.place_of("shown_to"), message, "say by sees how private it is")
        return tuple(
            self._selection(kind, frozenset({each.key}), each.condition) for each in given if kind is not Kind.RECORD
        )

    def _is_actor(self, key: str, place: Place) -> bool:
        if key == PLATFORM:
            self.findings.error("contradiction", place, f"{PLATFORM} is nobody who looks at records", "take it away")
        return key != PLATFORM and Lookup(self.names, self.findings).known("actor", key, self.names.actors, place)

    def _selection(self, kind: Kind, actors: frozenset[str], node: Node | None) -> Selection:
        if node is None:
            return Selection(kind, actors, None)
        asked = Asked(kind, kind, unanswered=_NO_ANSWERS, nobody=None)
        condition = self.conditions.compile(node, asked)
        for what in dict.fromkeys(self._unasked(condition)):
            message = f"who sees what may not depend on {what}: the database that counts and pages could not ask it"
            self.findings.error("not-for-sight", node.place, message, _HINT)
        return Selection(kind, actors, condition, is_personal(condition))

    def _unasked(self, condition: Condition) -> Iterator[str]:
        """What the database cannot ask of a condition."""
        for part in within(condition):
            if not can_be_asked(part):
                yield type(part).__name__.lower()
            yield from (quoted(path.text) for path in paths_of(part) if not self._is_known(path))

    def _is_known(self, path: Path) -> bool:
        kept = (key for key, head in self.names.fields.items() if not head.derived)
        return can_follow(path, {*self.names.owners, *kept}, frozenset(SIDES))
