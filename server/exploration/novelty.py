"""Which situations are worth a look before their turn: those in which things stand together for the first time."""

from collections.abc import Iterator
from itertools import combinations

from server.engine.facts import Kind, Ref
from server.exploration.situation import Shape

_Group = tuple[tuple[int, bool], ...]
"""Some records by what is seen of them, and whose they are."""

_OWN = (Kind.PERSONA, Kind.RECORD)

_TOGETHER = 3
"""How many records are looked at together."""


class Novelty:
    """Remembers what has stood together so far."""

    __slots__ = ("_known",)

    def __init__(self) -> None:
        self._known: set[_Group] = set()

    def is_in(self, shape: Shape) -> bool:
        """Whether personas, or further records, stand together that never did in a situation asked about before."""
        found = set(_together(shape))
        is_new = not found <= self._known
        self._known |= found
        return is_new


def _together(shape: Shape) -> Iterator[_Group]:
    people = {ref: number for number, ref in enumerate(ref for ref in shape if ref.kind is Kind.USER)}
    theirs = [(trait.seen, people.get(_owner(ref, shape), -1)) for ref, trait in shape.items() if ref.kind in _OWN]
    for group in combinations(sorted(theirs), min(_TOGETHER, len(theirs))):
        yield tuple([(seen, person == group[0][1]) for seen, person in group])


def _owner(ref: Ref, shape: Shape) -> Ref:
    """The person whose record it is; of what belongs to several, the record itself."""
    links = shape[ref].links
    return links[0][1] if len(links) == 1 else ref
