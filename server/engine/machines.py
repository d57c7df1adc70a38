"""Machines: the statuses of one kind of record, and where its records begin."""

from collections.abc import Mapping
from dataclasses import dataclass

from server.engine.facts import Sort
from server.engine.outcomes import Case


@dataclass(frozen=True, slots=True)
class Status:
    """One status of one machine. ``opens``: a pair in it takes an open place on each side."""

    machine: str
    key: str
    label: str
    category: str
    colour: str
    position: int
    is_initial: bool
    short: str | None = None
    description: str | None = None
    roles: frozenset[str] | None = None
    opens: bool = False
    removed: bool = False


@dataclass(frozen=True, slots=True)
class Machine:
    """The statuses of one kind of record, in the order of the file. ``is_declared``: none of the standing four.

    A new record begins in the first of ``starts`` whose condition holds, else in ``start``; so does every record that
    was there before the machine was.
    """

    key: str
    label: str
    owner: Sort
    start: str
    statuses: Mapping[str, Status]
    is_declared: bool = False
    starts: tuple[Case, ...] = ()

    @property
    def begins(self) -> frozenset[str]:
        """Every status that a new record can begin in."""
        return frozenset({self.start, *(case.to for case in self.starts)})


@dataclass(frozen=True, slots=True)
class Category:
    """One of the flow chart's kinds of box, with its colour."""

    key: str
    label: str
    colour: str
