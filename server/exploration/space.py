"""The space of all situations that the rules of a program lead to, and the acts between them."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import combinations_with_replacement, islice

from server.engine.facts import Facts, Ref
from server.engine.places import Place
from server.engine.plan import Blocker, Plan
from server.engine.ruleset import Ruleset
from server.exploration.acts import Act, with_fills
from server.exploration.lens import Lens
from server.exploration.situation import Canon, Key, Shape, moved_apart, people_of, united

PEOPLE = 2
"""How many people a situation has at the most: both of a pair."""

_STRANGERS = 12
"""How many people, the nearest, are brought together with each of the others."""

APART = 100
"""By how much the numbers of people who meet are moved apart."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How far to look: so many situations, so many seconds (None: however long), so many personas in a situation.

    ``ahead``: how many more those situations may have that are the first of their make.
    """

    situations: int = 20_000
    seconds: float | None = 10.0
    personas: int = 3
    ahead: int = 2


@dataclass(frozen=True, slots=True)
class Origin:
    """How a situation first came about: by an act in another, or (``partner``) between two, moved apart ``by``."""

    node: "Node"
    act: Act
    partner: "Node | None" = None
    by: int = 0

    @property
    def before(self) -> Facts:
        """The facts in which the act is done, before anything is set by hand for it."""
        own = self.node.facts
        return own if self.partner is None else united(own, moved_apart(self.partner.facts, self.by))

    @property
    def facts(self) -> Facts:
        """The facts in which the act is done."""
        return with_fills(self.before, self.act.fills)


@dataclass(eq=False, repr=False, slots=True)
class Node:
    """One situation. ``shape``: what tells it from others; ``order``: its records as :class:`Canon` names them.

    ``settled``: everything was tried in it; ``depth``: after how many acts it comes about; ``is_new``: in it things
    stand together for the first time.
    """

    facts: Facts
    shape: Shape
    order: tuple[Ref, ...]
    size: int
    depth: int
    origin: Origin | None
    is_new: bool = False
    edges: "list[Edge]" = field(default_factory=list)
    settled: bool = False


Leads = tuple[tuple[Node, tuple[Ref, ...]], ...]
"""The situations that something comes to, each with the records in its order."""


@dataclass(frozen=True, slots=True)
class Edge:
    """An act that goes through, and the situations after it; ``plan`` is None where only time passes."""

    origin: Origin
    plan: Plan | None
    leads_to: Leads


@dataclass(frozen=True, slots=True)
class Stop:
    """An act that is refused, where that was first seen."""

    origin: Origin
    blockers: tuple[Blocker, ...]


@dataclass(repr=False, slots=True)
class Tally:
    """What was seen on the way. ``refused``, ``held``: the places of requirements that did and did not refuse.

    ``stopped``: by transition, code and place, the first refusal of an offered button by what follows from it, and of
    any act by an invariant; ``looked``: how often that was looked into. ``unanswered``: transitions whose form could
    not be filled in; ``in_part``: those not tried with every combination of values that people set by hand.
    """

    refused: dict[Place, Stop] = field(default_factory=dict)
    held: set[Place] = field(default_factory=set)
    happened: set[str] = field(default_factory=set)
    stopped: dict[tuple[str, str, Place | None], Stop] = field(default_factory=dict)
    looked: Counter[tuple[str, str, Place | None]] = field(default_factory=Counter)
    unanswered: set[str] = field(default_factory=set)
    in_part: frozenset[str] = frozenset()


@dataclass(repr=False, slots=True)
class Space:
    """What was explored. ``complete_to``: with up to so many personas everything was; ``complete``: all there is."""

    ruleset: Ruleset
    lens: Lens
    canon: Canon
    nodes: dict[Key, Node] = field(default_factory=dict)
    tally: Tally = field(default_factory=Tally)
    complete_to: int = 0
    complete: bool = False

    def settled(self) -> list[Node]:
        """The situations in which everything was tried, in the order in which they were found."""
        return [node for node in self.nodes.values() if node.settled]


def strangers(situations: Iterable[Facts]) -> Iterator[Facts]:
    """People who have nothing to do with one another yet, two at a time; of the nearest."""
    alone = list(islice((facts for facts in situations if len(people_of(facts)) == 1), _STRANGERS))
    for one, other in combinations_with_replacement(alone, 2):
        yield united(one, moved_apart(other, APART))
