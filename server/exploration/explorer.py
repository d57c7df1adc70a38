"""Explores a program from nobody on, by every act that goes through, the nearest situations first."""

from collections.abc import Callable, Sequence
from functools import partial
from itertools import count
from typing import NamedTuple

from server.engine.beginnings import begun
from server.engine.decide import offer
from server.engine.durations import Duration
from server.engine.facts import Facts, Kind, Record, Ref, Situation
from server.engine.kinds import BETWEEN
from server.engine.places import Place
from server.engine.plan import Blocker, Refusal
from server.engine.ruleset import Ruleset, Transition
from server.engine.world import TooMuchError, World
from server.exploration.acts import PLACE, PROGRAM, Act, Acts, Tried, fits, presses
from server.exploration.arrivals import Arrivals
from server.exploration.lens import START, Lens
from server.exploration.novelty import Novelty
from server.exploration.situation import Canon, Key, Shape, apart, moved_apart, people_of, size_of, united
from server.exploration.space import APART, Edge, Leads, Limits, Node, Origin, Space, Stop
from server.exploration.turns import Turns

_NEVER_MEANT = frozenset({"INVARIANT", "TOO_DEEP"})
"""The codes of refusals that should not come about at all."""

_LOOKS = 50
"""How often a refusal by what follows is looked into, before it counts as one that buttons show."""


def nobody(ruleset: Ruleset) -> Facts:
    """The situation before anybody has come: the program and its site."""
    facts = Facts([], START)
    around = (begun(ruleset, Situation(facts), Record(ref, PROGRAM.id, {})) for ref in (PROGRAM, PLACE))
    return Facts(around, START)


def explore(
    ruleset: Ruleset,
    limits: Limits,
    clock: Callable[[], float],
    told: Callable[[int, int], None] | None = None,
) -> Space:
    """Explores a program. ``clock``: seconds that pass; ``told`` hears how many situations are done, and known."""
    return _Explorer(ruleset, limits, clock, told).explored()


class _Arrival(NamedTuple):
    """How a situation comes about; its facts are made only where it is new."""

    facts: Callable[[], Facts]
    depth: int
    origin: Origin | None


class _Explorer:
    def __init__(
        self, ruleset: Ruleset, limits: Limits, clock: Callable[[], float], told: Callable[[int, int], None] | None
    ) -> None:
        self._ruleset, self._limits, self._clock, self._told = ruleset, limits, clock, told
        self._lens = Lens.of(ruleset)
        self._acts = Acts(ruleset, self._lens, every=False)
        self._canon = Canon(ruleset, self._lens)
        self._arrivals = Arrivals(ruleset, self._lens, self._canon)
        self._space = Space(ruleset, self._lens, self._canon)
        self._space.tally.in_part = self._acts.in_part()
        self._novelty, self._turns = Novelty(), Turns(limits)
        self._beyond: set[Key] = set()
        self._alone: dict[tuple[str, str], list[Node]] = {}
        self._free: dict[tuple[str, str, int], list[Ref]] = {}
        self._tried: list[Transition] = [t for t in ruleset.transitions.values() if presses(ruleset, t)]
        self._required = frozenset(each.place for transition in self._tried for each in transition.requires)
        self._grows = {Kind.PERSONA, *ruleset.kinds}
        self._ends = None if limits.seconds is None else clock() + limits.seconds

    def explored(self) -> Space:
        space, turns = self._space, self._turns
        self._reach(nobody(self._ruleset), 0, None)
        for settled in count(1):
            space.complete_to = max(space.complete_to, turns.complete_to())
            if settled > self._limits.situations or self._is_late():
                return space
            node = turns.next(ahead=not self._has_seen_all())
            if node is None:
                break
            self._settle(node)
            if self._is_late():
                return space
            node.settled = True
            if self._told:
                self._told(settled, len(space.nodes))
        space.complete_to, space.complete = self._limits.personas, not turns.is_cut
        return space

    def _has_seen_all(self) -> bool:
        """Whether every transition was seen to happen, and every requirement to hold and to refuse."""
        tally, places = self._space.tally, self._required
        happened = tally.happened >= self._ruleset.transitions.keys()
        return happened and tally.held >= places and tally.refused.keys() >= places

    def _is_late(self) -> bool:
        return self._ends is not None and self._clock() >= self._ends

    def _reach(self, facts: Facts, depth: int, origin: Origin | None) -> Leads:
        """The situations that facts come to."""
        return self._arrive(self._canon.shape(facts), _Arrival(lambda: facts, depth, origin))

    def _arrive(self, shape: Shape, arrival: "_Arrival") -> Leads:
        """The same, of a shape."""
        found = []
        for group in self._canon.parted(shape):
            key, order = self._canon.ordered(group)
            node = self._space.nodes.get(key)
            if node is None and key not in self._beyond:
                node = self._new(key, group, order, arrival)
            if node is not None:
                found.append((node, order))
        return tuple(found)

    def _new(self, key: Key, group: Shape, order: tuple[Ref, ...], arrival: "_Arrival") -> Node | None:
        """A situation that was never seen before; None where its acts will never be tried."""
        size, is_new = size_of(group), self._novelty.is_in(group)
        turn = self._turns.of(size, is_new=is_new)
        if turn is None:
            self._beyond.add(key)
            return None
        facts = arrival.facts()
        own = Facts([facts.records[ref] for ref in group], facts.now)
        node = Node(own, group, order, size, arrival.depth, arrival.origin, is_new)
        self._space.nodes[key] = node
        self._turns.add(turn, node)
        return node

    def _settle(self, node: Node) -> None:
        people = people_of(node.facts)
        for transition in self._tried:
            if transition.creates in self._grows and not self._turns.may_grow(node.size + 1, node):
                continue
            if transition.creates == Kind.USER and not people:
                self._enter(node, transition)
            for subject in self._subjects(node, transition):
                for partner in self._acts.partners(transition, node.facts, subject):
                    if partner is None or partner in self._ready(transition, node, self._ruleset.ends(transition)[1]):
                        self._try(node, transition, subject, partner)
        for pause in self._lens.pauses:
            self._wait(node, pause)
        if len(people) == 1:
            self._meet(node)

    def _subjects(self, node: Node, transition: Transition) -> Sequence[Ref]:
        if len(self._ruleset.ends(transition)) < BETWEEN:
            return self._acts.subjects(transition, node.facts)
        return self._ready(transition, node, self._ruleset.ends(transition)[0])

    def _enter(self, node: Node, transition: Transition) -> None:
        for tried in self._acts.tried(node.facts, transition, PROGRAM):
            self._note(Origin(node, tried.act), transition, tried, node.shape)

    def _try(self, node: Node, transition: Transition, subject: Ref, partner: Ref | None) -> None:
        for tried in self._acts.tried(node.facts, transition, subject, partner):
            self._note(Origin(node, tried.act), transition, tried, node.shape)

    def _wait(self, node: Node, pause: Duration) -> None:
        world = World(self._ruleset, node.facts.records.values(), node.facts.now)
        try:
            world.wait(pause.after(node.facts.now, self._ruleset.zone))
        except TooMuchError:
            return
        self._space.tally.happened.update(world.happened)
        origin = Origin(node, Act(pause=pause))
        leads_to = self._reach(world.facts, node.depth + 1, origin)
        if any(reached is not node for reached, _ in leads_to):
            node.edges.append(Edge(origin, None, leads_to))

    def _meet(self, node: Node) -> None:
        """Lets the one person of a situation meet whoever else there can be."""
        for transition in (each for each in self._tried if len(self._ruleset.ends(each)) >= BETWEEN):
            ends = self._ruleset.ends(transition)
            ones, others = (self._alone.setdefault((transition.id, sort), []) for sort in ends)
            for alone, sort in ((ones, ends[0]), (others, ends[1])):
                if node not in alone and self._ready(transition, node, sort):
                    alone.append(node)
            met = [(node, other) for other in others] if node in ones else []
            met += [(one, node) for one in ones if one is not node] if node in others else []
            for one, other in met:
                if self._is_late():
                    return
                self._join(transition, one, other)

    def _join(self, transition: Transition, one: Node, other: Node) -> None:
        first, second = self._ruleset.ends(transition)
        if not self._turns.may_grow(one.size + other.size, one, other):
            return
        ours, theirs = self._ready(transition, one, first), self._ready(transition, other, second)
        by = APART * (1 + max(ref.id for ref in one.facts.records) // APART)
        facts = united(one.facts, moved_apart(other.facts, by))
        shape = {**apart(other.shape, by), **one.shape}
        for subject in ours:
            for ref in theirs:
                partner = Ref(ref.kind, ref.id + by)
                if transition.creates == Kind.PAIR and not fits(facts.records[subject], facts.records[partner]):
                    continue
                for tried in self._acts.tried(facts, transition, subject, partner):
                    self._note(Origin(one, tried.act, other, by), transition, tried, shape)

    def _ready(self, transition: Transition, node: Node, sort: str) -> list[Ref]:
        """The records of a situation that a transition can take as one of two, as far as it goes by them alone."""
        place = (transition.id, sort, id(node))
        if place not in self._free:
            refs = [ref for ref, record in node.facts.records.items() if record.sort == sort]
            free = [ref for ref in refs if self._offered(node, transition, ref)]
            self._free[place] = free if transition.creates == Kind.PAIR else refs
        return self._free[place]

    def _offered(self, node: Node, transition: Transition, subject: Ref) -> bool:
        found = False
        for act, offered in self._acts.offered(node.facts, transition, subject):
            self._blocked(Stop(Origin(node, act), offered.blockers), transition)
            found = found or offered.allowed
        return found

    def _note(self, origin: Origin, transition: Transition, tried: Tried, before: Shape) -> None:
        tally, decision, node = self._space.tally, tried.decision, origin.node
        if isinstance(decision, Refusal):
            self._blocked(Stop(origin, decision.blockers), transition)
            if not decision.blockers and decision.problems:
                tally.unanswered.add(transition.id)
            return
        if decision.kept is not None or not decision.changes:
            return
        for change in decision.changes:
            tally.happened.add(change.transition)
            if change.transition in self._ruleset.transitions:
                tally.held.update(each.place for each in self._ruleset.transitions[change.transition].requires)
        depth = node.depth + 1 + (origin.partner.depth if origin.partner else 0)
        shape, facts = self._arrivals.shape(tried, decision, before), partial(self._arrivals.facts, tried, decision)
        node.edges.append(Edge(origin, decision, self._arrive(shape, _Arrival(facts, depth, origin))))

    def _blocked(self, stop: Stop, transition: Transition) -> None:
        tally = self._space.tally
        own = {each.place for each in stop.blockers if not each.chain and each.place}
        if not any(each.chain for each in stop.blockers):
            tally.held.update(each.place for each in transition.requires if each.place not in own)
        for blocker in stop.blockers:
            if blocker.place is not None:
                tally.refused.setdefault(blocker.place, stop)
            spot = (transition.id, blocker.code, blocker.place)
            if spot not in tally.stopped and (blocker.code in _NEVER_MEANT or self._surprises(blocker, spot, stop)):
                tally.stopped[spot] = stop

    def _surprises(self, blocker: Blocker, spot: tuple[str, str, Place | None], stop: Stop) -> bool:
        """Whether what follows from an act refuses it although its button is offered."""
        request = stop.origin.act.request
        self._space.tally.looked[spot] += bool(blocker.chain)
        if not blocker.chain or request is None or self._space.tally.looked[spot] > _LOOKS:
            return False
        return offer(self._ruleset, request, stop.origin.facts).allowed
