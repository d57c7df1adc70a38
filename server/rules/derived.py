"""Compiles values that are worked out: the numbers and the statuses that a file gives a name."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from server.domain.access import FieldClass
from server.engine.conditions import Condition
from server.engine.derived import ARITHMETIC, Arithmetic, Cases, Counted, Days, Share, Steps, Summed
from server.engine.paths import Operand, paths_in
from server.engine.places import Place
from server.engine.questions import Choice
from server.engine.ruleset import Field
from server.engine.values import DATE, INTEGER, Constant, ValueOf, canonical
from server.rules.circles import circles, heights
from server.rules.conditions import Conditions
from server.rules.counts import records
from server.rules.diagnostics import Findings
from server.rules.names import DERIVED, FieldHead, Lookup, Names
from server.rules.nodes import Node, Scalar, Table, child, items_of, section, word
from server.rules.suggestions import quoted
from server.rules.times import NOW, read_now, says_now
from server.rules.typed import Asked, Typed, is_reserved

_TALLEST = 5
"""How many values may be worked out from one another: they are read by people, and by recursion."""


@dataclass(frozen=True, slots=True)
class Derivations:
    """Compiles the sections ``numbers`` and ``derived`` of one file."""

    root: Table
    names: Names
    conditions: Conditions
    findings: Findings
    broken: frozenset[tuple[str, ...]]

    def compile(self) -> dict[str, Field]:
        """All of them, in the order of the file; they are worked out from one another without circles."""
        found: dict[str, Field] = {}
        for name in DERIVED:
            for key, entry in section(self.root, name).entries.items():
                node, whole = entry.node, (name,) not in self.broken and (name, key) not in self.broken
                if isinstance(node, Table) and whole and Lookup(self.names, self.findings).kind(node, "of"):
                    found[key] = self._one(name, key, node)
        self._check_circles(found)
        return found

    def _one(self, name: str, key: str, node: Table) -> Field:
        head = self.names.fields[key]
        place = section(self.root, name).place_of(key)
        elsewhere = [other for other in ("fields", *DERIVED) if key in section(self.root, other).entries]
        if is_reserved(key) or key in self.names.owners or len(elsewhere) > 1:
            Lookup(self.names, self.findings).taken(key, place)
        given = node.get("is")
        formula = self._cases(node, head) if given is None else self._formula(given, Asked(head.owner))
        choices = tuple(
            Choice(case, word(entry.node, "label") or "") for case, entry in section(node, "cases").entries.items()
        )
        return Field(
            key=key,
            label=word(node, "label") or "",
            owner=head.owner,
            type=head.type,
            sees=word(node, "sees") or FieldClass.STAFF,
            allow=frozenset(),
            choices=choices,
            help=word(node, "help"),
            formula=formula,
        )

    def _cases(self, node: Table, head: FieldHead) -> Operand:
        cases, asked = section(node, "cases").entries, Asked(head.owner)
        found: list[tuple[str, Condition | None]] = []
        for key, entry in cases.items():
            when = child(entry.node, "when")
            if found and found[-1][1] is None:
                message = f"{found[-1][0]} always holds, so {key} is never reached"
                self.findings.error("contradiction", entry.place, message, f"give {found[-1][0]} a when")
            found.append((key, self.conditions.given(when, asked)))
        return Cases(tuple(found))

    def _formula(self, node: Node, asked: Asked) -> Operand | None:
        """A whole number, the way to one, or what is worked out of others; None after an error."""
        if isinstance(node, Scalar):
            return Constant(str(node.value)) if isinstance(node.value, int) else self._number(node, asked)
        words: Mapping[str, Callable[[Table, Asked], Operand | None]] = {
            **dict.fromkeys(ARITHMETIC, self._arithmetic),
            "sum": self._sum,
            "count": self._count,
            "share": self._share,
            "steps": self._steps,
            "days": self._days,
        }
        given = [each for each in words if isinstance(node, Table) and each in node.entries]
        if not isinstance(node, Table) or len(given) != 1:
            message = "a number is worked out in one way"
            self.findings.error("contradiction", node.place, message, f"it has one of: {', '.join(words)}")
            return None
        allowed = {given[0], *_BESIDES.get(given[0], ())}
        for key, entry in node.entries.items():
            if key not in allowed:
                self.findings.error("contradiction", entry.place, f"{key} does not go with {given[0]}")
        return words[given[0]](node, asked)

    def _number(self, node: Scalar, asked: Asked) -> Operand | None:
        typed = Lookup(self.names, self.findings).path(node, asked)
        if typed is None:
            return None
        head = self.names.fields.get(typed.path.value or "")
        if head is None or (head.type, head.several) != (INTEGER, False):
            hint = "write a number, or the way to a field of the type integer or to another number"
            self.findings.error("wrong-type", node.place, f"{quoted(node.value)} is no whole number", hint)
            return None
        return ValueOf(typed.path)

    def _arithmetic(self, node: Table, asked: Asked) -> Operand | None:
        operator = next(key for key in ARITHMETIC if key in node.entries)
        parts = [self._formula(item, asked) for item in items_of(node.get(operator))]
        return Arithmetic(operator, tuple(part for part in parts if part is not None))

    def _sum(self, node: Table, asked: Asked) -> Operand | None:
        listed_, amount = self._list(node, "of", asked), node.get("sum")
        if listed_ is None or amount is None:
            return None
        each = self._formula(amount, asked.at(listed_.kind))
        return each and Summed(each, listed_.path, self._condition(node, "where", asked.at(listed_.kind)))

    def _count(self, node: Table, asked: Asked) -> Operand | None:
        listed_ = self._list(node, "count", asked)
        if listed_ is None:
            return None
        return Counted(listed_.path, self._condition(node, "where", asked.at(listed_.kind)))

    def _share(self, node: Table, asked: Asked) -> Operand | None:
        listed_ = self._list(node, "share", asked)
        if listed_ is None:
            return None
        that, where = (self._condition(node, key, asked.at(listed_.kind)) for key in ("that", "where"))
        if that is None:
            message = "share needs the key that: what holds of those who are counted"
            self.findings.error("missing-key", node.place, message)
            return None
        return Share(listed_.path, that, where)

    def _steps(self, node: Table, asked: Asked) -> Operand | None:
        of, table = node.get("steps"), section(node, "table").entries
        number = None if of is None else self._formula(of, asked)
        if not table:
            self.findings.error("missing-key", node.place, "steps needs the key table: what counts from where on")
        steps = {
            int(key): entry.node.value
            for key, entry in table.items()
            if isinstance(entry.node, Scalar) and isinstance(entry.node.value, int)
        }
        return number and Steps(number, steps)

    def _days(self, node: Table, asked: Asked) -> Operand | None:
        found = [self._day(item, asked) for item in items_of(node.get("days"))]
        start, end = found if len(found) == 2 else (None, None)  # noqa: PLR2004 - the shape says so too
        return None if start is None or end is None else Days(start, end, self.conditions.zone)

    def _day(self, node: Node, asked: Asked) -> Operand | None:
        text = str(node.value) if isinstance(node, Scalar) else ""
        for type_ in NOW:
            if says_now(type_, node):
                return read_now(type_, node, self.conditions.zone, self.findings)
        if canonical(DATE, text) is not None:
            return Constant(text)
        typed = Lookup(self.names, self.findings).path(Scalar(text, node.place), asked)
        head = self.names.fields.get(typed.path.value or "") if typed else None
        if typed is not None and (head is None or head.type not in NOW or head.several):
            message = f"{quoted(text)} is neither a date nor a moment"
            self.findings.error("wrong-type", node.place, message, "write today, a field of such a type, or a date")
            return None
        return ValueOf(typed.path) if typed else None

    def _list(self, node: Table, key: str, asked: Asked) -> Typed | None:
        return records(node.get(key) or node, asked, self.names, self.findings)

    def _condition(self, node: Table, key: str, asked: Asked) -> Condition | None:
        return self.conditions.given(node.get(key), asked)

    def _check_circles(self, found: Mapping[str, Field]) -> None:
        """Finds values that are worked out from themselves, or from too many others in a row."""
        uses = {
            key: dict.fromkeys(each for path in paths_in(field.formula) if (each := path.value or "") in found)
            for key, field in found.items()
        }
        for key, height in heights(uses).items():
            if height == _TALLEST:
                message = f"more than {_TALLEST} values are worked out from one another here"
                self.findings.error("too-deep", self._place_of(key), message)
        for circle in circles(uses):
            message = f"the values are worked out from one another: {' -> '.join((*circle, circle[0]))}"
            self.findings.error(
                "value-cycle", self._place_of(circle[0]), message, "let one of them look at none of the others"
            )

    def _place_of(self, key: str) -> Place:
        sections = (section(self.root, name) for name in DERIVED)
        return next(each.place_of(key) for each in sections if key in each.entries)


_BESIDES = {"sum": ("of", "where"), "count": ("where",), "share": ("that", "where"), "steps": ("table",)}
"""What stands beside the word that says how a number is worked out."""
