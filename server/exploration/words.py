"""Situations, acts and their outcomes in plain sentences."""

from collections.abc import Iterator, Sequence

from server.engine.decide import decide
from server.engine.facts import SURROUNDINGS, Facts, Kind, Ref
from server.engine.plan import Plan, Request
from server.engine.ruleset import PLATFORM, Ruleset, Transition
from server.exploration.acts import Act, Fills, with_fills
from server.exploration.lens import PLACEMENTS
from server.exploration.space import Node, Origin

PEOPLE = ("Anna", "Ben", "Carla", "Dan", "Eva", "Finn")
"""What the people of a story are called, in the order in which they come."""

_PLACED = dict(zip(PLACEMENTS, ("a partner site", "a mentor site list"), strict=True))


def together(parts: Sequence[str], word: str = "and") -> str:
    """Several parts in one sentence: a, b and c."""
    *first, last = parts or ("nobody",)
    return f"{', '.join(first)} {word} {last}" if first else last


class Teller:
    """Tells stories of the people of one situation.

    ``by``: how far their numbers were moved when they met others; ``also``: the rules that know what these do not.
    """

    def __init__(
        self, ruleset: Ruleset, *, names: dict[int, str] | None = None, by: int = 0, also: Ruleset | None = None
    ) -> None:
        self._ruleset, self._names, self._by = ruleset, {} if names is None else names, by
        self._also = also or ruleset

    def moved(self, by: int) -> "Teller":
        """The same teller, for people who were moved on."""
        return Teller(self._ruleset, names=self._names, by=self._by + by, also=self._also)

    def person(self, ref: Ref) -> str:
        """What a person is called."""
        number = ref.id + self._by
        if number not in self._names:
            count = len(self._names)
            self._names[number] = PEOPLE[count] if count < len(PEOPLE) else f"Person {count + 1}"
        return self._names[number]

    def called(self, ref: Ref, facts: Facts) -> str:
        """What a record is called."""
        if ref.kind is Kind.USER:
            return self.person(ref)
        if ref.kind in SURROUNDINGS:
            return f"the {ref.kind}"
        record = facts.records.get(ref)
        if record is None:
            return f"a new {ref.kind}"
        if ref.kind is Kind.PERSONA:
            role, owner = record.values.get("role"), record.links["user"]
            alike = [each for each in facts.personas.get(owner, ()) if facts.records[each].values.get("role") == role]
            label = self._role(role).lower()
            number = f" {alike.index(ref) + 1}" if len(alike) > 1 else ""
            return f"{self.person(owner)}'s {label} persona{number}"
        if ref.kind is Kind.PAIR:
            users = [facts.records[side].links["user"] for side in record.links.values() if side in facts.records]
            return f"the match of {together([self.person(user) for user in users])}"
        label = self._ruleset.kinds[record.sort].label.lower() if record.sort in self._ruleset.kinds else record.sort
        ends = [self.called(end, facts) for end in record.links.values() if end in facts.records]
        return f"the {label} of {together(ends)}"

    def situation(self, facts: Facts) -> str:
        """Who is where."""
        told = [self._standing(ref, facts) for ref in sorted(facts.records) if facts.records[ref].statuses]
        return "; ".join(told) or "nobody is there yet"

    def _standing(self, ref: Ref, facts: Facts) -> str:
        statuses = facts.records[ref].statuses
        labels = (self._status(machine, key) for machine, key in statuses.items())
        return f"{self.called(ref, facts)}: {', '.join(labels)}"

    def _status(self, machine: str, key: str) -> str:
        for ruleset in (self._ruleset, self._also):
            found = ruleset.machines[machine].statuses.get(key) if machine in ruleset.machines else None
            if found is not None:
                return found.label
        return key

    def act(self, act: Act, facts: Facts, who: str | None = None) -> str:
        """An act, with what is set by hand before it. ``facts``: before both; ``who``: else whoever may."""
        if act.pause is not None:
            return f"{act.pause.spoken()} pass."
        if act.request is None:
            return "Nothing happens."
        transition = self._ruleset.transitions[act.request.transition]
        before = "".join(f"{self._fill(fill, facts)}, then " for fill in needed(self._ruleset, act, facts))
        said = f"{before}{self._pressed(act.request, transition, facts, who)}"
        return f"{said[0].upper()}{said[1:]}."

    def _pressed(self, request: Request, transition: Transition, facts: Facts, who: str | None) -> str:
        answers = self._answers(request, transition)
        if transition.creates == Kind.USER:
            ids = [ref.id for ref in facts.records if ref.kind is Kind.USER]
            name = self.person(Ref(Kind.USER, max(ids, default=0) + 1))
            return f"{name} comes in as {self._role(request.role)} ({transition.label}){answers}"
        upon = self.called(request.subject, facts)
        if request.partner is not None:
            upon = f"{upon} and {self.called(request.partner, facts)}"
        role = f" as {self._role(request.role)}" if request.role else ""
        if request.by_event:
            return f"the event {transition.event} is reported for {upon}{answers}"
        return f"{who or self.presser(transition)} presses {transition.label} on {upon}{role}{answers}"

    def presser(self, transition: Transition) -> str:
        """Somebody who may press a button."""
        allowed = [actor.label for key, actor in self._ruleset.actors.items() if key in transition.allow - {PLATFORM}]
        return allowed[0] if allowed else "Somebody"

    def _role(self, role: str | None) -> str:
        return self._ruleset.roles[role].label if role is not None and role in self._ruleset.roles else str(role)

    def _answers(self, request: Request, transition: Transition) -> str:
        inputs = {question.input.key: question.input for question in transition.asks}
        told = [
            f'"{inputs[key].label}" {inputs[key].shown(text)}' for key, text in request.answers.items() if key in inputs
        ]
        return f" and answers {', '.join(told)}" if told else ""

    def _fill(self, fill: tuple[Ref, str, str | None], facts: Facts) -> str:
        ref, key, value = fill
        if key in _PLACED:
            return f"{self.called(ref, facts)} is put on {_PLACED[key]}"
        field = self._ruleset.fields[key]
        labels = {choice.key: choice.label for choice in field.choices} | {"true": "yes", "false": "no"}
        return f"{field.label} of {self.called(ref, facts)} is set to {labels.get(str(value), value)}"

    def outcome(self, plan: Plan, facts: Facts) -> tuple[str, ...]:
        """What an act changes: a line each."""
        return tuple(dict.fromkeys(self._outcome(plan, facts)))

    def _outcome(self, plan: Plan, facts: Facts) -> Iterator[str]:
        for change in plan.changes:
            if change.before != change.after:
                status = self._status(change.machine, change.after)
                made = {each.ref: each for each in plan.creations}.get(change.subject)
                if made is None:
                    yield f"{self._kind(change.subject, facts)} becomes {status}"
                else:
                    role = f" {self._role(made.role).lower()}" if made.role else ""
                    yield f"a new{role} {made.declared or made.kind} begins as {status}"
        for setting in plan.settings:
            label = (self._ruleset.fields.get(setting.field) or self._also.fields[setting.field]).label
            held = ", ".join(setting.values) or "nothing"
            yield f"{label} of {self._kind(setting.subject, facts)} is set to {held}"
        for notice in plan.notices:
            yield f"the message {notice.message} is sent"
        for warned in plan.warnings:
            yield f'the warning "{warned.text}" must be confirmed'

    def _kind(self, ref: Ref, facts: Facts) -> str:
        record = facts.records.get(ref)
        if record is None:
            return "what is made"
        role = record.values.get("role")
        if ref.kind is Kind.PERSONA and role:
            return f"the {self._role(role).lower()} persona"
        return f"the {'person' if ref.kind is Kind.USER else 'match' if ref.kind is Kind.PAIR else record.sort}"


def needed(ruleset: Ruleset, act: Act, facts: Facts) -> Fills:
    """Of what an exploration set by hand before an act, that without which it would have gone otherwise."""
    if act.request is None or not act.fills:
        return ()
    kept = act.fills
    wanted = decide(ruleset, act.request, with_fills(facts, kept))
    for fill in act.fills:
        fewer = tuple(each for each in kept if each != fill)
        if decide(ruleset, act.request, with_fills(facts, fewer)) == wanted:
            kept = fewer
    return kept


def story(node: Node, teller: Teller) -> tuple[str, ...]:
    """The shortest way to a situation, a sentence an act, from nobody on."""
    return () if node.origin is None else told(node.origin, teller)


def told(origin: Origin, teller: Teller) -> tuple[str, ...]:
    """The shortest way to an act, and the act."""
    before = story(origin.node, teller)
    if origin.partner is not None:
        before = (*before, *story(origin.partner, teller.moved(origin.by)))
    return (*before, teller.act(origin.act, origin.before))
