"""What an example calls things: people, their personas and pairs, and what can be said of each."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from server.engine.examples import PROGRAM, SITE, Figure, Name
from server.engine.facts import Kind, Sort
from server.engine.places import Place
from server.engine.values import CHOICE, USER, Constant
from server.rules.diagnostics import Findings
from server.rules.fields import FieldRules
from server.rules.names import Lookup, Names
from server.rules.nodes import Node, Scalar, words
from server.rules.typed import Asked

_FIGURE = re.compile(r"(?P<person>[^. ]+)(\.(?P<role>[a-z_]+)( (?P<number>\d))?)?")
_BOTH = " & "
_OF = " of "


def _is_around(text: str) -> bool:
    return text == PROGRAM or text.startswith(SITE)


def people_in(text: str) -> tuple[str, ...]:
    """The people that a name of a record names; none, where it is the program or a site."""
    if _is_around(text):
        return ()
    return tuple(re.split("[. ]", part)[0] for part in text.rpartition(_OF)[2].split(_BOTH))


@dataclass(frozen=True, slots=True)
class Naming:
    """Reads the names of one example. ``people``: everybody who is there so far, in the order of the file."""

    values: FieldRules
    people: dict[str, None]

    @property
    def names(self) -> Names:
        """The names of the file."""
        return self.values.names

    @property
    def findings(self) -> Findings:
        """Where the problems go."""
        return self.values.findings

    @property
    def lookup(self) -> Lookup:
        """Looks up what the file itself names."""
        return Lookup(self.names, self.findings)

    def record(self, text: str, place: Place) -> Name | None:
        """The record of a name; None, with an error, where it names nobody who is there."""
        if _is_around(text):
            return Name(text, (Figure(text),), place)
        *kinds, start = text.split(_OF)
        figures = [self._figure(part, place) for part in start.split(_BOTH)]
        found = tuple(figure for figure in figures if figure is not None)
        known = [kind for kind in reversed(kinds) if self.lookup.known("kind", kind, self.names.kinds, place)]
        is_whole = len(found) == len(figures) and len(known) == len(kinds)
        return Name(text, found, place, tuple(known)) if is_whole else None

    def _figure(self, text: str, place: Place) -> Figure | None:
        parts = _FIGURE.fullmatch(text)
        if parts is None or not self.lookup.known("person", parts["person"], self.people, place):
            return None
        role, roles = parts["role"], {key.lower(): key for key in self.names.roles}
        if role is not None and not self.lookup.known("role", role, roles, place):
            return None
        return Figure(parts["person"], roles[role] if role else None, int(parts["number"] or 1))

    def of_kind(self, text: str, place: Place, kind: Sort, what: str) -> Name | None:
        """The record of a name, which must be of a kind; ``what`` wants it so."""
        found = self.record(text, place)
        return found if found is not None and self.require_kind(found, kind, what) else None

    def require_kind(self, name: Name, kind: Sort, what: str) -> bool:
        """Whether a record is of the kind of which ``what`` is asked; else an error."""
        if name.sort == kind:
            return True
        message = f"{what} is asked of a {kind}, and {name.text} is a {name.sort}"
        like = _LIKE.get(kind, f"the latest {kind} of a record: {kind}{_OF}Anna")
        self.findings.error("wrong-kind", name.place, message, f"write {like}")
        return False

    def fields_of(self, kind: Sort | None) -> list[str]:
        """The fields of a kind of record (None: of any) in which something is kept."""
        return [key for key, head in self.names.fields.items() if kind in {None, head.owner} and not head.derived]

    def field(self, key: str, node: Node, kind: Sort) -> tuple[str, ...]:
        """The values that an example gives a field of a kind of record; none empties it."""
        head = self.names.fields[key]
        if isinstance(node, Scalar) and node.value is None:
            return ()
        if head.type == USER:
            told = words(node)
            return tuple(text for text, place in told if self.lookup.known("person", text, self.people, place))
        if head.several and head.type == CHOICE:
            told = words(node)
            return tuple(t for t, place in told if self.lookup.known(f"choice of {key}", t, head.choices, place))
        found = self.values.operand(head, node, Asked(kind))
        if found is not None and not isinstance(found, Constant):
            self.findings.error("wrong-type", node.place, "an example says the value itself", "write it out")
        return (found.text,) if isinstance(found, Constant) else ()


_LIKE: Mapping[Sort, str] = {
    Kind.PROGRAM: "the program: program",
    Kind.SITE: "a site by its key: site.north",
    Kind.USER: "a person: Anna",
    Kind.PERSONA: "a persona: Anna.mentor",
    Kind.PAIR: "a pair: Anna & Ben",
}
