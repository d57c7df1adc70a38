"""A program in memory: records that change as the rules decide, and a clock that is moved by hand."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from server.engine.beginnings import as_held
from server.engine.decide import decide
from server.engine.due import done_until, due_at, request
from server.engine.facts import Facts, Kind, Past, Record, Ref, Situation
from server.engine.messages import Notice, Recipient
from server.engine.plan import Creation, Plan, Refusal, Request
from server.engine.ruleset import Ruleset, Transition
from server.engine.settings import Values, decide_settings

HAPPENINGS = 500
"""How much may happen by itself while time passes."""

Letter = tuple[str, Recipient]
"""A message and who is told it: a user, or everybody who has a role."""

Due = tuple[datetime, int, Ref, Transition]


class TooMuchError(Exception):
    """More happens by itself than HAPPENINGS."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The facts after a plan; ``created``: the new records by the refs that the plan gave them."""

    facts: Facts
    created: Mapping[Ref, Ref]


def applied(ruleset: Ruleset, plan: Plan, facts: Facts, moment: datetime | None = None) -> Outcome:
    """The facts after a plan has been written, as the store writes it; created records get the next free ids.

    ``moment``: when it takes effect, if not now.
    """
    created = dict(_numbered(plan, facts))
    situation = Situation(facts, moment)
    for creation in plan.creations:
        situation.add(_new(plan, creation, created, situation))
    for change in plan.changes:
        if change.before is None:
            continue
        ref = created.get(change.subject, change.subject)
        opens = any(status.opens for status in ruleset.machines[change.machine].statuses.values())
        places = change.places if opens else situation.record(ref).places
        keeps = change.before == change.after and not change.restarts
        situation.move(ref, change.machine, change.after, places, change.transition, keeps_time=keeps)
    for setting in plan.settings:
        held = as_held(ruleset, {setting.field: setting.values})
        situation.set(created.get(setting.subject, setting.subject), *held)
    changed = {record.ref: record for record in situation.changed()}
    return Outcome(Facts({**facts.records, **changed}.values(), facts.now, facts.whole), created)


def _numbered(plan: Plan, facts: Facts) -> Iterator[tuple[Ref, Ref]]:
    last = {kind: max((ref.id for ref in facts.records if ref.kind is kind), default=0) for kind in Kind}
    for creation in plan.creations:
        last[creation.kind] += 1
        yield creation.ref, Ref(creation.kind, last[creation.kind])


def _new(plan: Plan, creation: Creation, created: Mapping[Ref, Ref], situation: Situation) -> Record:
    """A record as it begins: in the statuses that the plan creates it with."""
    begins = [change for change in plan.changes if change.subject == creation.ref and change.before is None]
    links = {name: created.get(ref, ref) for name, ref in creation.links.items()}
    return Record(
        created[creation.ref],
        next((situation.record(ref).program for ref in links.values()), 1),
        {change.machine: change.after for change in begins},
        {"role": creation.role} if creation.role is not None else {},
        links,
        {change.machine: situation.now for change in begins},
        {change.machine: (Past(change.after, change.transition, situation.now),) for change in begins},
        next((change.places for change in begins if change.places), {}),
        proposer=creation.proposer,
        declared=creation.declared,
    )


class World:
    """People, personas, pairs and all else of one program, under its rules.

    ``facts``: as they stand, with the time.
    """

    __slots__ = ("_handled", "_happened", "_letters", "_ruleset", "_seen", "facts")

    def __init__(self, ruleset: Ruleset, records: Iterable[Record], now: datetime) -> None:
        self._ruleset = ruleset
        self.facts = Facts(records, now)
        self._letters: list[Letter] = []
        self._seen = now
        self._handled: set[tuple[str, Ref]] = set()
        self._happened: dict[tuple[str, Ref], datetime] = {}

    def press(self, wish: Request) -> tuple[Plan | Refusal, Mapping[Ref, Ref]]:
        """Decides and, nothing being in the way, carries it out; also which records it has created."""
        decision = decide(self._ruleset, wish, self.facts)
        return decision, self._written(decision, wish.effective_at)

    def fill(self, subject: Ref, values: Values) -> Plan | Refusal:
        """Sets fields by hand."""
        decision = decide_settings(self._ruleset, subject, values, self.facts)
        self._written(decision, None)
        return decision

    def _written(self, decision: Plan | Refusal, moment: datetime | None) -> Mapping[Ref, Ref]:
        if isinstance(decision, Refusal):
            return {}
        outcome = applied(self._ruleset, decision, self.facts, moment)
        self.facts = outcome.facts
        for change in decision.changes:
            self._happened[change.transition, outcome.created.get(change.subject, change.subject)] = self.facts.now
        self._letters += _letters(decision.notices, outcome.created)
        return outcome.created

    @property
    def happened(self) -> frozenset[str]:
        """The transitions that have been carried out since the beginning."""
        return frozenset(transition for transition, _ in self._happened)

    def taken(self) -> tuple[Letter, ...]:
        """The messages written since the last call."""
        letters = tuple(self._letters)
        self._letters.clear()
        return letters

    def wait(self, until: datetime) -> None:
        """Lets time pass; whatever falls due happens at its moment, in the order of time, then of the file.

        What is refused is tried again whenever something else has happened. Raises TooMuchError.
        """
        for _ in range(HAPPENINGS):
            due = min(self._due(until), key=lambda found: found[:3], default=None)
            if due is None:
                self._set_clock(until)
                return
            moment, _, subject, transition = due
            self._set_clock(moment)
            self._handled.add((transition.id, subject))
            self.press(request(transition, subject))
        raise TooMuchError

    def _set_clock(self, moment: datetime) -> None:
        """Whatever could be done by now has been, or has been tried, so that dates up to now are seen to."""
        if moment > self.facts.now:
            self._seen = self.facts.now
            self._handled.clear()
            self.facts = Facts(self.facts.records.values(), moment)

    def _due(self, until: datetime) -> Iterator[Due]:
        for position, transition in enumerate(self._ruleset.automatics()):
            owner = self._ruleset.machines[transition.machine].owner
            for ref, record in self.facts.records.items():
                if record.sort != owner or record.statuses.get(transition.machine) not in transition.sources:
                    continue
                done = done_until(transition, calendar=self._seen, happened=self._happened.get((transition.id, ref)))
                moment = due_at(self._ruleset, transition, ref, self.facts, done=done, until=until)
                if moment is not None and (moment > self.facts.now or (transition.id, ref) not in self._handled):
                    yield max(moment, self.facts.now), position, ref, transition


def _letters(notices: Iterable[Notice], created: Mapping[Ref, Ref]) -> Iterator[Letter]:
    """What one act says to whom: the same text to the same recipient once, as the store writes it."""
    told = {
        (notice.message, each if isinstance(each, str) else created.get(each, each), frozenset(notice.told.items()))
        for notice in notices
        for each in notice.recipients
    }
    yield from ((message, recipient) for message, recipient, _ in told)
