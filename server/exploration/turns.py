"""In which order situations are looked at: small ones, then the first of every make, then all others by size."""

from enum import IntEnum
from heapq import heappop, heappush
from itertools import count

from server.exploration.situation import people_of
from server.exploration.space import Limits, Node

FIRST = 2
"""Up to how many personas every situation comes before larger ones that are the first of their make."""

_AHEAD = 1_500
"""How many situations are looked at before their turn."""


class Turn(IntEnum):
    """When the acts in a situation are tried."""

    FIRST, AHEAD, LATER = range(3)


class Turns:
    """The situations that are still to be looked at. ``is_cut``: the limits leave some out."""

    def __init__(self, limits: Limits) -> None:
        self._limits, self._ahead, self._number = limits, 0, count()
        self._queue: list[tuple[Turn, int, int, int, int, Node]] = []
        self.is_cut = False

    def of(self, size: int, *, is_new: bool) -> Turn | None:
        """The turn of a situation with so many personas; None: its acts are never tried."""
        if size <= min(FIRST, self._limits.personas):
            return Turn.FIRST
        if is_new and size <= self._limits.personas + self._limits.ahead and self._ahead < _AHEAD:
            self._ahead += 1
            return Turn.AHEAD
        return self._late(size)

    def _late(self, size: int) -> Turn | None:
        if size <= self._limits.personas:
            return Turn.LATER
        self.is_cut = True
        return None

    def may_grow(self, size: int, *nodes: Node) -> bool:
        """Whether what comes of situations may have so many personas."""
        most = self._limits.personas + (self._limits.ahead if all(node.is_new for node in nodes) else 0)
        self.is_cut = self.is_cut or size > most
        return size <= most

    def add(self, turn: Turn, node: Node) -> None:
        """Puts a situation in its place: by how near it is, where it is ahead of its turn; else by its size first."""
        place = node.depth if turn is Turn.AHEAD else node.size
        people = len(people_of(node.facts))
        heappush(self._queue, (turn, place, -people, node.depth, next(self._number), node))

    def next(self, *, ahead: bool) -> Node | None:
        """Takes the next one out; None where there is none. ``ahead``: also one that is ahead of its turn."""
        while self._queue:
            turn, *_, node = heappop(self._queue)
            if turn is not Turn.AHEAD or ahead:
                return node
            late = self._late(node.size)
            if late is not None:
                self.add(late, node)
        return None

    def complete_to(self) -> int:
        """Up to how many personas every situation was taken out, with those that are ahead of their turn."""
        if not self._queue:
            return self._limits.personas
        turn, size, *_ = self._queue[0]
        return FIRST - 1 if turn is Turn.AHEAD else size - 1
