"""One move of one record: what a transition is about to do, and every reason why it may not."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from server.engine.ages import holds_from
from server.engine.blame import blame
from server.engine.durations import shown
from server.engine.facts import Kind, Record, Ref, Situation
from server.engine.kinds import BETWEEN
from server.engine.machines import Status
from server.engine.outcomes import Case, possible
from server.engine.paths import Path, Scope, value_at
from server.engine.plan import Blocker
from server.engine.ruleset import OWNER, PLATFORM, Requirement, Ruleset, Transition
from server.engine.who import who

ALREADY_THERE = "ALREADY_THERE"
"""The code of a wrong status, for transitions that name it as quiet, when it is the status they lead to."""

AS_PLATFORM: frozenset[str] = frozenset({PLATFORM})
"""The roles under which a cascade moves."""


@dataclass(frozen=True, slots=True)
class Move:
    """A transition on a record.

    ``subject`` is the record that moves or, for what creates one, the record it is asked on.
    ``created`` is the record that would be made; ``sides`` are those named for what stands between two, one in an
    offer. ``roles``: who asks; ``by_event``: an event carries it out; ``actor``: the record of who asks.
    ``fields``: what the fields of the created record hold from the beginning.
    ``case`` and ``to``: the outcome it comes to and the status that this leads to, once :meth:`Judge.ways` says so.
    """

    transition: Transition
    subject: Record
    roles: frozenset[str]
    created: Record | None = None
    sides: tuple[Record, ...] = ()
    by_event: bool = False
    chain: tuple[str, ...] = ()
    answers: Mapping[str, str] = field(default_factory=dict)
    actor: Ref | None = None
    case: Case | None = None
    to: str | None = None
    fields: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def target(self) -> Record:
        """The record that the move sets or makes; of two that it makes, the persona."""
        return self.created or self.subject

    @property
    def begins(self) -> Record:
        """The record in whose machine the move is made."""
        return self.subject if self.transition.creates is Kind.USER else self.target


class Judge:
    """Gives every reason why a move may not happen, under one ruleset in one situation."""

    __slots__ = ("_rules", "_situation")

    def __init__(self, ruleset: Ruleset, situation: Situation) -> None:
        self._rules = ruleset
        self._situation = situation

    def scope(self, move: Move) -> Scope:
        """Where the conditions of a move are asked before it happens."""
        asked = move.subject if move.transition.creates in {Kind.USER, Kind.PERSONA} else move.target
        return Scope(self._situation, asked, asked, move.created, move.answers, None, self._rules.terms, move.actor)

    def ways(self, move: Move) -> tuple[Move, ...]:
        """The move with each outcome that it may come to: one, unless the other side of a pair is not chosen yet.

        Where no case holds, or it leads back to what nobody remembers, ``to`` stays empty, which is a blocker.
        """
        transition = move.transition
        if not transition.offered:
            return (replace(move, to=move.begins.statuses[transition.machine]),)
        cases = possible(transition.cases, self.scope(move), undecided=self._is_open(move))
        return tuple(_led(move, case) for case in cases) or (move,)

    def blockers(self, move: Move) -> tuple[Blocker, ...]:
        """All of them, the built-in ones first, then the file's in its order; of a move as :meth:`ways` gives it."""
        found = [
            *self.permission(move),
            *self._status(move),
            *self._outcome(move),
            *self._role(move),
            *self._sides(move),
            *self.places(move),
            *self._requirements(move),
        ]
        return tuple(found)

    def _block(self, move: Move, code: str, text: str, subject: Ref | None = None) -> Blocker:
        at = subject or move.target.ref
        return Blocker(code, text, at if at.id > 0 else None, move.transition.place, move.chain)

    def permitted(self, move: Move) -> bool:
        """Whether the rules let this caller do it."""
        allow = self._allow(move)
        if OWNER in move.roles and allow - {PLATFORM}:
            return True
        return any(self._counts(role, move) for role in sorted(allow & move.roles))

    def _counts(self, role: str, move: Move) -> bool:
        """Whether the condition under which a role may do it certainly holds.

        As long as the second of two is not chosen, it is enough that it may.
        """
        condition = None if move.by_event else move.transition.allow_if.get(role)
        if condition is None:
            return True
        verdict = condition.holds(self.scope(move))
        return verdict is True or (verdict is None and self._is_open(move))

    def _is_open(self, move: Move) -> bool:
        """Whether the second of two is still to be chosen."""
        return len(move.sides) < len(self._rules.ends(move.transition)) == BETWEEN

    def _allow(self, move: Move) -> frozenset[str]:
        """Whom the rules let do it; what an event carries out is up to whoever may send the event."""
        if move.by_event:
            return self._rules.events.get(move.transition.event or "", frozenset())
        return move.transition.allow

    def permission(self, move: Move) -> Iterator[Blocker]:
        """Why the rules do not let this caller do it."""
        if self.permitted(move):
            return
        transition = move.transition
        allow = self._allow(move) - {PLATFORM}
        under = {} if move.by_event else transition.allow_if
        actors = [(key, actor.label) for key, actor in self._rules.actors.items() if key in allow]
        labels = dict.fromkeys(who(label, under.get(key), self._rules) for key, label in actors)
        if labels:
            text = f"{transition.label} is for: {', '.join(labels)}."
        else:
            causes = [cause.label for cause in self._rules.firing(transition.id)]
            causes += [f"the event {transition.event}"] if transition.event else []
            ways = [f"with {', '.join(causes)}"] if causes else []
            ways += [transition.automatic.spoken()] if transition.automatic else []
            text = f"Nobody presses {transition.label}: it happens by itself {' or '.join(ways) or 'with nothing'}."
        yield self._block(move, "NOT_PERMITTED", text)

    def _status(self, move: Move) -> Iterator[Blocker]:
        transition = move.transition
        if _starts_here(move):
            return
        machine = self._rules.machines[transition.machine]
        present = _label(machine.statuses, move.subject.statuses[machine.key])
        there = move.case.targets if move.case else frozenset()
        if ALREADY_THERE in transition.quiet and move.subject.statuses[machine.key] in there:
            yield self._block(move, ALREADY_THERE, f"The {machine.label} is {present} already.")
            return
        starts = " or ".join(status.label for key, status in machine.statuses.items() if key in transition.sources)
        yield self._block(
            move, "WRONG_STATUS", f"{transition.label} starts from {starts}; the {machine.label} is {present}."
        )

    def _outcome(self, move: Move) -> Iterator[Blocker]:
        """What is in the way of knowing where it leads; said only where it starts at all."""
        if move.to is not None or not _starts_here(move):
            return
        machine, label = self._rules.machines[move.transition.machine], move.transition.label
        if move.case is None:
            text = f"The rules say of none of the outcomes of {label} that it is for this situation and these answers."
            yield self._block(move, "NO_OUTCOME", text)
            return
        ways = " or ".join(status.label for key, status in machine.statuses.items() if key in move.case.targets)
        text = f"{label} leads back to where the {machine.label} was before: {ways}. No such status is remembered."
        yield self._block(move, "NO_WAY_BACK", text)

    def _role(self, move: Move) -> Iterator[Blocker]:
        wanted = self._rules.roles_for(move.transition, move.to)
        role = move.target.values.get("role")
        if wanted is not None and role is not None and role not in wanted:
            labels = " or ".join(self._rules.roles[key].label for key in self._rules.roles if key in wanted)
            yield self._block(move, "WRONG_ROLE", f"{move.transition.label} is only for: {labels}.")

    def _sides(self, move: Move) -> Iterator[Blocker]:
        """What makes two records no pair at all; of one alone nothing can be said yet."""
        if len(move.sides) < BETWEEN:
            return
        one, other = move.sides
        if one.program != other.program:
            yield self._block(move, "OTHER_PROGRAM", "Both must belong to the same program.", other.ref)
        if move.transition.creates is not Kind.PAIR:
            return
        if one.values["role"] == other.values["role"]:
            wanted = " and one ".join(role.label.lower() for role in self._rules.roles.values())
            text = f"{move.transition.label} takes one {wanted}. Choose personas of different roles."
            yield self._block(move, "SAME_ROLE", text, other.ref)
        if one.links["user"] == other.links["user"]:
            text = "Nobody can be matched with themselves. Choose two people."
            yield self._block(move, "SAME_USER", text, one.links["user"])

    def places(self, move: Move) -> Iterator[Blocker]:
        """The sides of a pair that have no open place left for it, where it would begin to take them."""
        if not self._opens(move):
            return
        for role, ref in move.target.links.items():
            if free_place(self._rules, self._situation, move.target.ref, role, ref) is None:
                limit = open_limit(self._rules, self._situation, role, ref)
                text = (
                    f"The {self._rules.roles[role].label.lower()} already has {limit} open match(es): close one first."
                )
                yield self._block(move, "NO_OPEN_PLACE", text, ref)

    def _opens(self, move: Move) -> bool:
        """Whether a pair begins to take its open places."""
        machine, to = move.transition.machine, move.to
        if to is None or move.target.ref.kind is not Kind.PAIR:
            return False
        before = None if move.created else move.subject.statuses[machine]
        return self._rules.status(machine, to).opens and (machine, before) not in self._rules.terms.open_statuses

    def _requirements(self, move: Move) -> Iterator[Blocker]:
        scope = self.scope(move)
        for requirement in move.transition.requires:
            if requirement.that.holds(scope) is False:
                yield blocked_by(requirement, scope, self._rules.zone, move.chain)


def _starts_here(move: Move) -> bool:
    transition = move.transition
    return transition.creates is not None or move.subject.statuses[transition.machine] in transition.sources


def _led(move: Move, case: Case) -> Move:
    machine, begins = move.transition.machine, move.begins
    to = case.status(machine, move.subject)
    led = replace(move, case=case, to=to)
    if move.created is None or to is None:
        return led
    begun = replace(begins, statuses={**begins.statuses, machine: to})
    return replace(led, subject=begun) if begins is move.subject else replace(led, created=begun)


def blocked_by(requirement: Requirement, scope: Scope, zone: ZoneInfo, chain: tuple[str, ...] = ()) -> Blocker:
    """The blocker for a requirement that does not hold; it says from when on, if only time stands in the way."""
    culprit, seen = blame(requirement.that, scope)
    subject = culprit if culprit.id > 0 else None
    later = holds_from(requirement.that, scope)
    text = requirement.otherwise if later is None else f"{requirement.otherwise} {_from(later, zone)}"
    return Blocker(requirement.code, text, subject, requirement.place, chain, seen)


def _from(moment: datetime, zone: ZoneInfo) -> str:
    return f"Possible from {shown(moment, zone)} on ({zone.key})."


def fitting(started: Sequence[Transition], statuses: Mapping[str, str]) -> Transition:
    """Of the transitions that an event carries out, the first that starts from where a record is, else the first."""
    return next((t for t in started if statuses.get(t.machine) in t.sources), started[0])


def free_place(ruleset: Ruleset, situation: Situation, pair: Ref, role: str, persona: Ref) -> int | None:
    """The smallest open place of a persona that no other pair has taken, or None when all are."""
    taken = {other.places.get(role) for other in situation.pairs_of(persona) if other.ref != pair}
    limit = open_limit(ruleset, situation, role, persona)
    last = len(taken) + 1 if limit is None else limit
    return next((place for place in range(1, last + 1) if place not in taken), None)


def open_limit(ruleset: Ruleset, situation: Situation, role: str, persona: Ref) -> int | None:
    """How many open pairs a persona may have at once; None: as many as it likes."""
    limit = ruleset.roles[role].open_pairs
    if not isinstance(limit, str):
        return limit
    record = situation.find(persona)
    scope = Scope(situation, record, record, terms=ruleset.terms) if record else None
    return int((value_at(Path(limit, value=limit), scope) if scope else None) or 0)


def _label(statuses: Mapping[str, Status], key: str) -> str:
    return statuses[key].label if key in statuses else key
