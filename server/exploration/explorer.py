"""Explores a program from nobody on, by every act that goes through, the nearest situations first."""

from collections.abc import Callable
from heapq import heappop, heappush

from server.engine.beginnings import begun
from server.engine.decide import offer
from server.engine.facts import Facts, Kind, Record, Ref, Situation
from server.engine.kinds import BETWEEN
from server.engine.places import Place
from server.engine.plan import Blocker, Refusal, Request
from server.engine.ruleset import OWNER, Ruleset, Transition
from server.engine.world import TooMuchError, World, applied
from server.exploration.acts import PLACE, PROGRAM, Act, Acts, Tried, fits, presses, without_fills
from server.exploration.lens import START, Lens
from server.exploration.situation import Canon, moved_apart, people_of, separated, size_of, united
from server.exploration.space import APART, Edge, Limits, Node, Origin, Space, Stop

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


class _Explorer:
    def __init__(
        self, ruleset: Ruleset, limits: Limits, clock: Callable[[], float], told: Callable[[int, int], None] | None
    ) -> None:
        self._ruleset, self._limits, self._clock, self._told = ruleset, limits, clock, told
        self._lens = Lens.of(ruleset)
        self._acts = Acts(ruleset, self._lens)
        self._canon = Canon(ruleset, self._lens)
        self._space = Space(ruleset, self._lens)
        self._space.tally.in_part = self._acts.in_part()
        self._queue: list[tuple[int, int, int, int, Node]] = []
        self._alone: list[Node] = []
        self._free: dict[tuple[str, str, int], list[Ref]] = {}
        self._tried: list[Transition] = [t for t in ruleset.transitions.values() if presses(ruleset, t)]
        self._cut = False
        self._grows = {Kind.PERSONA, *ruleset.kinds}
        self._ends = None if limits.seconds is None else clock() + limits.seconds

    def explored(self) -> Space:
        space = self._space
        self._reach(nobody(self._ruleset), 0, None)
        settled = 0
        while self._queue:
            size, _, _, _, node = self._queue[0]
            space.complete_to = max(space.complete_to, size - 1)
            if settled >= self._limits.situations or self._is_late() or size > self._limits.personas:
                return space
            heappop(self._queue)
            self._settle(node)
            if self._is_late():
                return space
            node.settled = True
            settled += 1
            if self._told:
                self._told(settled, len(space.nodes))
        space.complete_to, space.complete = self._limits.personas, not self._cut
        return space

    def _is_late(self) -> bool:
        return self._ends is not None and self._clock() >= self._ends

    def _reach(self, facts: Facts, depth: int, origin: Origin | None) -> tuple[tuple[Node, tuple[Ref, ...]], ...]:
        found = []
        for group in separated(without_fills(facts, self._lens), self._lens, self._ruleset):
            key, order = self._canon.key(group)
            node = self._space.nodes.get(key)
            if node is None:
                node = self._space.nodes[key] = Node(group, order, size_of(group), depth, origin)
                rank = (node.size, -len(people_of(group)), depth, len(self._space.nodes))
                heappush(self._queue, (*rank, node))
            found.append((node, order))
        return tuple(found)

    def _settle(self, node: Node) -> None:
        people = people_of(node.facts)
        for transition in self._tried:
            if transition.creates in self._grows and node.size >= self._limits.personas:
                self._cut = True
                continue
            if transition.creates == Kind.USER and not people:
                self._enter(node, transition)
            for subject in self._acts.subjects(transition, node.facts):
                for partner in self._acts.partners(transition, node.facts, subject):
                    self._try(node, transition, subject, partner)
        for pause in self._lens.pauses:
            self._wait(node, Act(pause=pause))
        if len(people) == 1:
            self._alone.append(node)
            self._meet(node)

    def _enter(self, node: Node, transition: Transition) -> None:
        for tried in self._acts.tried(node.facts, transition, PROGRAM):
            self._note(node, transition, tried)

    def _try(self, node: Node, transition: Transition, subject: Ref, partner: Ref | None) -> None:
        for tried in self._acts.tried(node.facts, transition, subject, partner):
            self._note(node, transition, tried)

    def _wait(self, node: Node, act: Act) -> None:
        if act.pause is None:
            return
        world = World(self._ruleset, node.facts.records.values(), node.facts.now)
        try:
            world.wait(act.pause.after(node.facts.now, self._ruleset.zone))
        except TooMuchError:
            return
        self._space.tally.happened.update(world.happened)
        origin = Origin(node, act)
        leads_to = self._reach(world.facts, node.depth + 1, origin)
        if any(reached is not node for reached, _ in leads_to):
            node.edges.append(Edge(origin, None, leads_to))

    def _meet(self, node: Node) -> None:
        """Lets the one person of a situation meet whoever else there can be."""
        for transition in self._tried:
            ends = self._ruleset.ends(transition)
            if len(ends) < BETWEEN:
                continue
            for other in self._alone:
                if self._is_late():
                    return
                for one, two in ((node, other), (other, node)) if node is not other else ((node, node),):
                    self._join(transition, one, two)

    def _join(self, transition: Transition, one: Node, other: Node) -> None:
        first, second = self._ruleset.ends(transition)
        if one.size + other.size > self._limits.personas:
            self._cut = True
            return
        ours, theirs = self._ready(transition, one, first), self._ready(transition, other, second)
        if not ours or not theirs:
            return
        by = APART * (1 + max(ref.id for ref in one.facts.records) // APART)
        facts = united(one.facts, moved_apart(other.facts, by))
        for subject in ours:
            for ref in theirs:
                partner = Ref(ref.kind, ref.id + by)
                if transition.creates == Kind.PAIR and not fits(facts.records[subject], facts.records[partner]):
                    continue
                for tried in self._acts.tried(facts, transition, subject, partner):
                    self._note(one, transition, tried, other, by)

    def _ready(self, transition: Transition, node: Node, sort: str) -> list[Ref]:
        """The records of a situation that a transition can take as one of two, as far as it goes by them alone."""
        place = (transition.id, sort, id(node))
        if place not in self._free:
            refs = [ref for ref, record in node.facts.records.items() if record.sort == sort]
            wishes = [Request(transition.id, ref, frozenset({OWNER})) for ref in refs]
            free = [wish.subject for wish in wishes if self._offered(node, transition, wish)]
            self._free[place] = free if transition.creates == Kind.PAIR else refs
        return self._free[place]

    def _offered(self, node: Node, transition: Transition, request: Request) -> bool:
        found = False
        for fills, filled in self._acts.variants(node.facts, transition):
            offered = offer(self._ruleset, request, filled)
            self._blocked(Stop(Origin(node, Act(request, fills)), offered.blockers), transition)
            found = found or offered.allowed
        return found

    def _note(self, node: Node, transition: Transition, tried: Tried, partner: Node | None = None, by: int = 0) -> None:
        tally, decision = self._space.tally, tried.decision
        origin = Origin(node, tried.act, partner, by)
        if isinstance(decision, Refusal):
            self._blocked(Stop(origin, decision.blockers), transition)
            if not decision.blockers and decision.problems:
                tally.unanswered.add(transition.id)
            return
        if decision.kept is not None or not decision.changes:
            return
        for change in decision.changes:
            tally.happened.add(change.transition)
            made = self._ruleset.transitions.get(change.transition)
            tally.held.update(each.place for each in made.requires) if made else None
        depth = node.depth + 1 + (partner.depth if partner else 0)
        after = applied(self._ruleset, decision, tried.facts).facts
        node.edges.append(Edge(origin, decision, self._reach(after, depth, origin)))

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
