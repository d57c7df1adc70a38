"""Where an act leads: the shape of the situation after it, worked out once for all acts that go alike."""

from dataclasses import dataclass

from server.engine.facts import Facts, Ref
from server.engine.plan import Plan
from server.engine.ruleset import Ruleset
from server.engine.world import applied
from server.exploration.acts import Tried, without_fills
from server.exploration.lens import Lens
from server.exploration.situation import Canon, Shape, Trait

_Place = int | Ref
"""A record by its position among those that an answer is about, followed by those made; or itself."""


@dataclass(frozen=True, slots=True)
class _Moved:
    """A record as it is after an act."""

    at: _Place
    seen: int
    links: tuple[tuple[str, _Place], ...]
    over: bool


class Arrivals:
    """Says where acts lead."""

    __slots__ = ("_canon", "_known", "_lens", "_ruleset")

    def __init__(self, ruleset: Ruleset, lens: Lens, canon: Canon) -> None:
        self._ruleset, self._lens, self._canon = ruleset, lens, canon
        self._known: dict[int, tuple[_Moved, ...]] = {}

    def shape(self, tried: Tried, plan: Plan, before: Shape) -> Shape:
        """The situation after an act that goes through. ``before``: the one before it, with nothing set by hand."""
        known = self._known.get(id(tried.answer))
        if known is None:
            known = self._known[id(tried.answer)] = self._learnt(tried, plan)
        here = (*tried.refs, *_numbered(plan, before))
        shape = dict(before)
        for each in known:
            links = tuple([(name, _at(place, here)) for name, place in each.links])
            shape[_at(each.at, here)] = Trait(each.seen, links, each.over)
        return shape

    def _learnt(self, tried: Tried, plan: Plan) -> tuple[_Moved, ...]:
        outcome = applied(self._ruleset, plan, tried.facts)
        places = {ref: place for place, ref in enumerate((*tried.refs, *outcome.created.values()))}
        fresh = [record for ref, record in outcome.facts.records.items() if tried.facts.records.get(ref) is not record]
        empty = without_fills(Facts(fresh, outcome.facts.now), self._lens)
        return tuple(
            _Moved(
                places.get(ref, ref),
                trait.seen,
                tuple((name, places.get(end, end)) for name, end in trait.links),
                trait.over,
            )
            for ref, trait in self._canon.shape(empty).items()
        )

    def facts(self, tried: Tried, plan: Plan) -> Facts:
        """The facts themselves after an act, with nothing set by hand."""
        return without_fills(applied(self._ruleset, plan, tried.facts).facts, self._lens)


def _at(place: _Place, here: tuple[Ref, ...]) -> Ref:
    return here[place] if isinstance(place, int) else place


def _numbered(plan: Plan, before: Shape) -> tuple[Ref, ...]:
    """The numbers of what a plan makes, as :func:`applied` gives them."""
    found: list[Ref] = []
    for creation in plan.creations:
        last = max((ref.id for ref in (*before, *found) if ref.kind is creation.kind), default=0)
        found.append(Ref(creation.kind, last + 1))
    return tuple(found)
