"""Plays an example, step by step, and tells where it does not go as the example says."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from server.engine.blame import blame
from server.engine.cast import WHOLE, Cast, MissingError
from server.engine.decide import may_be_named, offers
from server.engine.durations import on_the_wall
from server.engine.examples import Example, Expectation, Fill, Look, Pass, Press, Send, Step
from server.engine.facts import Facts, Kind, Ref, Situation, Sort
from server.engine.moves import fitting
from server.engine.paths import Scope, UnknownRecordError
from server.engine.places import Place
from server.engine.plan import Blocker, Plan, Problem, Refusal, Request, Warned
from server.engine.ruleset import Ruleset
from server.engine.showing import Onlooker, shows
from server.engine.world import HAPPENINGS, Letter, TooMuchError, World

FIRST_DAY = date(2026, 1, 5)
"""The day on which examples begin that do not say: a Monday."""

HOUR = time(9)
"""The time of that day, by the clocks of the program."""

NOT_FOUND = "NOT_FOUND"
"""The code under which somebody is refused who does not reach a record."""

NOT_CONFIGURED = "TRANSITION_NOT_CONFIGURED"
"""The code under which an event is refused from which nothing follows."""

Reasons = dict[str, str]
"""Why something was refused: a text by code."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Where an example does not go as it says: the line, and what was expected and what is."""

    place: Place
    text: str


def rehearse(ruleset: Ruleset, example: Example) -> tuple[Failure, ...]:
    """Plays an example up to the first step that fails; all that is wrong in that step, or nothing."""
    start = on_the_wall(datetime.combine(example.starts or FIRST_DAY, HOUR), ruleset.zone).astimezone(UTC)
    cast = Cast(ruleset, example)
    try:
        stage = _Stage(ruleset, cast, World(ruleset, cast.records(example, start), start))
    except MissingError as error:
        return (Failure(example.place, f"there are no two personas that could be {error}"),)
    for step in example.steps:
        failures = stage.play(step)
        if failures:
            return failures
    return ()


class _Stage:
    """An example under way."""

    def __init__(self, ruleset: Ruleset, cast: Cast, world: World) -> None:
        self._ruleset, self._cast, self._world = ruleset, cast, world
        self._last = "at the beginning"
        self._messages: tuple[Letter, ...] = ()

    @property
    def _facts(self) -> Facts:
        return self._world.facts

    def play(self, step: Step) -> tuple[Failure, ...]:
        """Everything that is wrong in one step."""
        try:
            failures = tuple(self._done(step))
            return failures or (*self._looked(step), *self._expected(step), *self._told(step))
        except MissingError as error:
            return (Failure(step.place, f"{self._last} there is no {error}"),)

    def _done(self, step: Step) -> Iterator[Failure]:
        deed = step.deed
        if deed is None:
            return
        if isinstance(deed, Pass):
            yield from self._passed(step.place, deed)
        else:
            said, reasons = self._attempted(step, deed)
            self._last = f'after "{said}"'
            yield from _verdict(step, said, reasons)
        self._messages = self._world.taken()

    def _passed(self, place: Place, deed: Pass) -> Iterator[Failure]:
        self._last = f"{deed.duration.spoken()} later"
        try:
            self._world.wait(deed.duration.after(self._facts.now, self._ruleset.zone))
        except TooMuchError:
            yield Failure(place, f"more than {HAPPENINGS} things happen by themselves in {deed.duration.spoken()}")

    def _attempted(self, step: Step, deed: Press | Send | Fill) -> tuple[str, Reasons]:
        """What was attempted, in a word, and why it was refused."""
        actor = step.actor or ""
        if isinstance(deed, Press):
            return deed.transition, self._pressed(step, deed, actor)
        ref = self._upon(step)
        roles = self._cast.roles(actor, self._facts, ref)
        said = deed.event if isinstance(deed, Send) else "sets"
        if not roles:
            return said, _unreached(step)
        if isinstance(deed, Fill):
            return said, self._filled(deed, ref, roles)
        sort = self._facts.records[ref].sort
        started = [t for t in self._ruleset.started_by(deed.event) if self._owner(t.machine) == sort]
        if not started:
            return said, {NOT_CONFIGURED: f"Nothing follows from it for a {sort}."}
        chosen = fitting(started, self._facts.records[ref].statuses)
        wish = Request(chosen.id, ref, roles, answers=deed.answers, by_event=True, actor=self._cast.actor(actor))
        return said, _reasons(self._world.press(wish)[0])

    def _owner(self, machine: str) -> Sort:
        return self._ruleset.machines[machine].owner

    def _upon(self, step: Step) -> Ref:
        if step.upon is None:
            raise MissingError("record")
        return self._cast.find(step.upon, self._facts)

    def _pressed(self, step: Step, deed: Press, actor: str) -> Reasons:
        if self._ruleset.transitions[deed.transition].creates is Kind.USER:
            return self._registered(step, deed, actor)
        subject = self._upon(step)
        partner = self._cast.find(deed.partner, self._facts) if deed.partner else None
        roles = self._cast.roles(actor, self._facts, subject)
        both = self._cast.roles(actor, self._facts, subject, partner) if partner else roles
        wish = self._wish(deed, actor, subject, partner, both or roles)
        if not roles or (not both and not may_be_named(self._ruleset, wish, self._facts)):
            return _unreached(step)
        return _reasons(self._world.press(wish)[0])

    def _wish(self, deed: Press, actor: str, subject: Ref, partner: Ref | None, roles: frozenset[str]) -> Request:
        return Request(
            deed.transition,
            subject,
            roles,
            partner,
            deed.sent.role,
            deed.sent.answers,
            deed.confirmed,
            actor=self._cast.actor(actor),
            fields={key: self._cast.values(key, held) for key, held in deed.sent.fields.items()},
        )

    def _registered(self, step: Step, deed: Press, actor: str) -> Reasons:
        wish = self._wish(deed, actor, WHOLE, None, self._cast.roles(actor, self._facts))
        decision, created = self._world.press(wish)
        for ref in created.values():
            if ref.kind is Kind.USER and step.upon is not None:
                self._cast.people[step.upon.figures[0].person] = ref
        return _reasons(decision)

    def _filled(self, deed: Fill, ref: Ref, roles: frozenset[str]) -> Reasons:
        fields = [self._ruleset.fields[key] for key in deed.values]
        barred = [field.label for field in fields if not field.may_be_set_by(roles)]
        if barred:
            return {"NOT_PERMITTED": f"{', '.join(barred)} is set by others."}
        values = {key: self._cast.values(key, held) for key, held in deed.values.items()}
        return _reasons(self._world.fill(ref, values))

    def _looked(self, step: Step) -> Iterator[Failure]:
        if not step.looks:
            return
        ref, actor = self._upon(step), step.actor or ""
        roles = self._cast.roles(actor, self._facts, ref)
        every = offers(self._ruleset, ref, roles, self._facts, self._cast.actor(actor)) if roles else ()
        allowed = {offer.transition.id for offer in every if offer.allowed}
        who = Onlooker(self._cast.roles(actor, self._facts), roles, self._cast.actor(actor))
        fields = {**self._ruleset.fields, **self._ruleset.derived}
        for look in step.looks:
            is_so = (
                look.key in allowed if look.is_button else shows(self._ruleset, self._facts, fields[look.key], ref, who)
            )
            if is_so is not look.wanted:
                yield Failure(look.place, self._seen_otherwise(step, look))

    def _seen_otherwise(self, step: Step, look: Look) -> str:
        upon = step.upon.text if step.upon else ""
        can, cannot = ("may press", "may not press") if look.is_button else ("can see", "cannot see")
        is_so, wanted = (cannot, can) if look.wanted else (can, cannot)
        return f"{self._last} {step.actor} {is_so} {look.key} of {upon}, the example expects that they {wanted} it"

    def _expected(self, step: Step) -> Iterator[Failure]:
        situation, terms = Situation(self._facts), self._ruleset.terms
        for each in step.expected:
            record = self._facts.records[self._cast.find(each.name, self._facts)]
            scope = Scope(situation, record, record, terms=terms)
            if each.condition.holds(scope) is not True:
                yield Failure(each.place, self._otherwise(each, scope))

    def _otherwise(self, each: Expectation, scope: Scope) -> str:
        try:
            culprit, seen = blame(each.condition, scope)
        except UnknownRecordError:
            culprit, seen = scope.self.ref, ()
        found = ", ".join(f"{path} {self._label(path, value)}" for path, value in seen)
        has = f" has {found}" if found else " is otherwise"
        by = f" (by {self._cast.called(culprit, self._facts)})" if culprit != scope.self.ref else ""
        return f"{self._last} {each.name.text}{has}{by}, the example expects {each.wanted}"

    def _label(self, path: str, value: str) -> str:
        machine = self._ruleset.machines.get(path.rpartition(".")[2])
        return machine.statuses[value].label if machine is not None and value in machine.statuses else value

    def _told(self, step: Step) -> Iterator[Failure]:
        if step.messages is None:
            return
        names = {ref: person for person, ref in self._cast.people.items()}
        found = Counter(
            (recipient if isinstance(recipient, str) else names[recipient], message)
            for message, recipient in self._messages
        )
        wanted = Counter(step.messages)
        if found != wanted:
            text = f"{self._last} {_letters(found)}, the example expects that {_letters(wanted)}"
            yield Failure(step.messages_place or step.place, text)


def _letters(found: Counter[tuple[str, str]]) -> str:
    told = (f"{who} is told {message}" for who, message in sorted(found.elements()))
    return ", ".join(told) or "nobody is told anything"


def _unreached(step: Step) -> Reasons:
    return {NOT_FOUND: f"{step.actor} does not reach it."}


def _reasons(decision: Plan | Refusal) -> Reasons:
    if isinstance(decision, Plan):
        return {}
    every: tuple[Blocker | Problem | Warned, ...] = (*decision.blockers, *decision.problems, *decision.unconfirmed)
    return {each.code: each.text for each in reversed(every)}


def _verdict(step: Step, said: str, reasons: Reasons) -> Iterator[Failure]:
    wanted, found = step.refused, reasons.keys()
    told = ", ".join(f"{code} ({text})" for code, text in sorted(reasons.items()))
    upon = f" upon {step.upon.text}" if step.upon else ""
    did = f'"{said}" by {step.actor}{upon}'
    if wanted is None and found:
        yield Failure(step.place, f"{did} is refused: {told}; the example expects it to happen")
    elif wanted is not None and wanted != found:
        codes = ", ".join(sorted(wanted))
        was = f"is refused with {told}" if found else "is carried out"
        yield Failure(step.place, f"{did} {was}, the example expects it refused with {codes}")
