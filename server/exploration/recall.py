"""Answers of the engine, not asked for again where it would find the same in all that it looks at."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from server.engine.facts import Facts, Ref
from server.exploration.looks import Look, Looks
from server.exploration.tracing import Traced

Wish = TypeVar("Wish", bound=Hashable)
Told = TypeVar("Told")


@dataclass(eq=False, slots=True)
class Answer(Generic[Told]):
    """What was said, and the records that it is about: those that it was asked of, then as they were met."""

    told: Told
    refs: tuple[Ref, ...]


@dataclass(eq=False, slots=True)
class _Step(Generic[Told]):
    """What is looked at next, and how it goes on, by what is found there.

    ``at``: the position of the record among those met so far, or the record itself where nothing led to it.
    """

    look: Look
    at: int | Ref
    ways: "dict[object, _Step[Told] | Answer[Told]]" = field(default_factory=dict)


class Recall(Generic[Wish, Told]):
    """Asks a question of records, unless it was asked where all that it looked at was the same.

    ``ask`` must be pure. What it looks at is written down; each thing found decides what it looks at next, so that
    whoever finds the same to the end has the same answer.
    """

    __slots__ = ("_ask", "_looks", "_ways")

    def __init__(self, ask: Callable[[Wish, tuple[Ref, ...], Traced], Told], looks: Looks) -> None:
        self._ask, self._looks = ask, looks
        self._ways: dict[object, _Step[Told] | Answer[Told]] = {}

    def put(self, wish: Wish, of: tuple[Ref, ...], facts: Facts) -> tuple[Answer[Told], tuple[Ref, ...]]:
        """The answer, and the records that it is about here, in the order of its own."""
        met, way = _Met(of), self._ways.get((wish, facts.now))
        while isinstance(way, _Step):
            way = way.ways.get(self._found(way, met, facts))
        if way is None:
            way = self._learnt(wish, of, facts)
            return way, way.refs
        return way, tuple(met.refs)

    def _found(self, step: _Step[Told], met: "_Met", facts: Facts) -> object:
        """What stands where a step looks, with records by their position."""
        ref = met.refs[step.at] if isinstance(step.at, int) else step.at
        seen, near = self._looks.found(step.look, ref, facts)
        return (seen, *[met.position(each) for each in near]) if near else seen

    def _learnt(self, wish: Wish, of: tuple[Ref, ...], facts: Facts) -> Answer[Told]:
        """Asks, and writes down what was looked at, after what was looked at by those who found the same so far."""
        traced = Traced(facts)
        told = self._ask(wish, of, traced)
        met, ways, seen = _Met(of), self._ways, set[tuple[Look, Ref]]()
        found: object = (wish, facts.now)
        left = iter(traced.looks())
        while True:
            step = ways.get(found)
            if not isinstance(step, _Step):
                look = next((each for each in left if each not in seen), None)
                if look is None:
                    break
                step = ways[found] = _Step(look[0], met.places.get(look[1], look[1]))
            seen.add((step.look, met.refs[step.at] if isinstance(step.at, int) else step.at))
            ways, found = step.ways, self._found(step, met, facts)
        answer = ways[found] = Answer(told, tuple(met.refs))
        return answer


class _Met:
    """The records that a question has come to, each with its position."""

    __slots__ = ("places", "refs")

    def __init__(self, of: tuple[Ref, ...]) -> None:
        self.refs = list(of)
        self.places = {ref: place for place, ref in enumerate(of)}

    def position(self, ref: Ref) -> int:
        place = self.places.setdefault(ref, len(self.refs))
        if place == len(self.refs):
            self.refs.append(ref)
        return place
