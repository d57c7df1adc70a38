"""Further kinds of record that a program declares, and what a new record of any kind is made for."""

from collections.abc import Mapping
from dataclasses import dataclass

from server.engine.facts import Kind, Sort

_ENDS: Mapping[Sort, tuple[Sort, ...]] = {
    Kind.USER: (),
    Kind.PERSONA: (Kind.USER,),
    Kind.PAIR: (Kind.PERSONA, Kind.PERSONA),
}

BETWEEN = 2
"""How many records a new one is made for that stands between two: the second is chosen as the partner."""


@dataclass(frozen=True, slots=True)
class RecordKind:
    """A kind of record that a program declares.

    ``links``: by name, what each of its records is linked to. A new one is asked on the first; the second, if there
    is one, is named as the partner.
    """

    key: str
    label: str
    links: Mapping[str, Sort]


def ends(sort: Sort, kinds: Mapping[str, RecordKind]) -> tuple[Sort, ...]:
    """The records that a new one of this kind is made for, in the order in which they are named."""
    return tuple(kinds[sort].links.values()) if sort in kinds else _ENDS[sort]
