"""Everything that somebody can try in a situation, each answered by the engine's one decision."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import product
from math import prod

from server.engine.decide import decide, offer
from server.engine.durations import Duration
from server.engine.facts import Facts, Kind, Record, Ref
from server.engine.kinds import BETWEEN
from server.engine.paths import Path
from server.engine.plan import Offer, Plan, Problem, Refusal, Request
from server.engine.questions import Question
from server.engine.ruleset import OWNER, PLATFORM, Ruleset, Transition
from server.engine.values import BOOLEAN, DATE, INTEGER, TEXT, Constant, day_of
from server.exploration.lens import PLACEMENTS, SITE, Lens, parts
from server.exploration.looks import Looks
from server.exploration.recall import Answer, Recall
from server.exploration.renaming import renamed
from server.exploration.tracing import Traced
from server.exploration.wishes import Wish, wishes

PROGRAM = Ref(Kind.PROGRAM, 1)
"""The program of an exploration."""

PLACE = Ref(Kind.SITE, 1)
"""Its one site."""

_OWNER = frozenset({OWNER})

_VARIANTS = 16
"""How many combinations of values set by hand are tried at the most."""

_ROUNDS = 8
"""How often a form is mended before it counts as one that cannot be filled in."""

Fills = tuple[tuple[Ref, str, str | None], ...]
"""What is set by hand before an act: the record, the field, the value."""


@dataclass(frozen=True, slots=True)
class Act:
    """Somebody presses a button or reports an event, after setting fields by hand; or (``pause``) time passes."""

    request: Request | None = None
    fills: Fills = ()
    pause: Duration | None = None

    @property
    def transition(self) -> str | None:
        """The id of the transition that it carries out; None where only time passes."""
        return None if self.request is None else self.request.transition


Completed = tuple[Mapping[str, str], Plan | Refusal]
"""A form filled in, and what the engine says to it."""


@dataclass(frozen=True, slots=True)
class Tried:
    """An act, the facts before it and (``facts``) once its fields were set, and what the engine said.

    ``answer``: the same as it was said first, of the like of ``refs``.
    """

    act: Act
    before: Facts
    facts: Facts
    decision: Plan | Refusal
    answer: "Answer[Completed]"
    refs: tuple[Ref, ...]


class Acts:
    """The acts of one program. ``every``: also those that differ in nothing that its own rules can tell apart."""

    def __init__(self, ruleset: Ruleset, lens: Lens, *, every: bool = True) -> None:
        self._ruleset, self._lens = ruleset, lens
        cautions = [caution for transition in ruleset.transitions.values() for caution in transition.cautions]
        self._confirmed = frozenset(caution.code for caution in cautions)
        self._looks = {key: self._looked_at(transition) for key, transition in ruleset.transitions.items()}
        self._wishes = {key: wishes(ruleset, each, every=every) for key, each in ruleset.transitions.items()}
        self._intakes = {key: self._fields(transition) for key, transition in ruleset.transitions.items()}
        looks = Looks(ruleset, lens)
        self._recall, self._offers = Recall(self._completed, looks), Recall(self._offer, looks)
        self._renamed: dict[tuple[int, tuple[Ref, ...]], Plan | Refusal] = {}

    def in_part(self) -> frozenset[str]:
        """The transitions that are not tried with every combination of values that people set by hand."""
        sizes = {key: prod(len(values) for values in looks.values()) for key, looks in self._looks.items()}
        return frozenset(key for key, size in sizes.items() if size > _VARIANTS)

    def _looked_at(self, transition: Transition) -> Mapping[str, tuple[str | None, ...]]:
        """The fields set by hand on whose values the outcome of a transition may depend, with the values to try."""
        rules: list[object] = [self._ruleset.invariants]
        waiting, known = [transition.id], {transition.id}
        chained = [automatic.id for automatic, _ in self._ruleset.chained()]
        while waiting:
            found = self._ruleset.transitions[waiting.pop()]
            rules.append(found)
            fired = {str(effect.transition) for effect in found.follows if hasattr(effect, "transition")}
            fresh = fired.union(chained) - known
            known |= fresh
            waiting += sorted(fresh)
        paths = list(parts(tuple(rules), Path))
        read = {path.value for path in paths} | {link for path in paths for link in path.links}
        derived = [value for key, value in self._ruleset.derived.items() if key in read]
        read |= {path.value for path in parts(tuple(derived), Path)}
        read |= {role.open_pairs for role in self._ruleset.roles.values() if isinstance(role.open_pairs, str)}
        read |= {PLACEMENTS[0]} if "site" in read else set()
        return {key: values for own in self._lens.free.values() for key, values in own.items() if key in read}

    def tried(self, facts: Facts, transition: Transition, subject: Ref, partner: Ref | None = None) -> Iterator[Tried]:
        """What comes of a transition on a record, in every way that the rules can tell apart."""
        of = (subject,) if partner is None else (subject, partner)
        for fills, filled in self.variants(facts, transition):
            for wish in self._wishes[transition.id]:
                answer, refs = self._recall.put(wish, of, filled)
                act = Act(self._request(wish, of, answer.told[0]), fills)
                yield Tried(act, facts, filled, self._decision(answer, refs), answer, refs)

    def offered(self, facts: Facts, transition: Transition, subject: Ref) -> Iterator[tuple[Act, Offer]]:
        """A button of a record, with every combination of values that people set by hand and that matter here."""
        for fills, filled in self.variants(facts, transition):
            answer, _ = self._offers.put(transition.id, (subject,), filled)
            yield Act(Request(transition.id, subject, _OWNER), fills), answer.told

    def _offer(self, transition: str, of: tuple[Ref, ...], facts: Facts) -> Offer:
        return offer(self._ruleset, Request(transition, of[0], _OWNER), facts)

    def _decision(self, answer: Answer[Completed], refs: tuple[Ref, ...]) -> Plan | Refusal:
        """What the engine said, of these records."""
        if answer.refs == refs:
            return answer.told[1]
        place = (id(answer), refs)
        if place not in self._renamed:
            self._renamed[place] = renamed(answer.told[1], dict(zip(answer.refs, refs, strict=True)))
        return self._renamed[place]

    def _request(self, wish: Wish, of: tuple[Ref, ...], answers: Mapping[str, str]) -> Request:
        return Request(
            wish.transition.id,
            of[0],
            _OWNER,
            of[1] if len(of) > 1 else None,
            wish.role,
            answers,
            self._confirmed,
            by_event=not wish.transition.pressable,
            fields=self._intakes[wish.transition.id],
        )

    def variants(self, facts: Facts, transition: Transition) -> Iterator[tuple[Fills, Facts]]:
        """The facts with every combination of values that people set by hand and that matter here; as it is first."""
        looks = self._looks[transition.id]
        if not looks:
            yield (), facts
            return
        for number, values in enumerate(product(*looks.values())):
            if number >= _VARIANTS:
                return
            held = {key: value for key, value in zip(looks, values, strict=True) if value is not None}
            fills = tuple(
                (ref, key, value)
                for ref, record in facts.records.items()
                for key, value in held.items()
                if key in self._lens.free.get(record.sort, ())
            )
            if number == 0 or fills:
                yield fills, with_fills(facts, fills)

    def _fields(self, transition: Transition) -> dict[str, tuple[str, ...]]:
        needed = transition.intake.fields if transition.intake else {}
        return {
            key: (_value(field.type, field.choices[0].key if field.choices else "x"),)
            for key, must in needed.items()
            if must and (field := self._ruleset.fields[key])
        }

    def _completed(self, wish: Wish, of: tuple[Ref, ...], facts: Traced) -> Completed:
        """The form filled in as the engine asks for it, and what it says then."""
        asks = {question.input.key: question for question in wish.transition.asks}
        answers = {key: self._answer(each, facts) for key, each in asks.items() if each.insists} | dict(wish.answers)
        for _ in range(_ROUNDS):
            decision = decide(self._ruleset, self._request(wish, of, answers), facts)
            mended = isinstance(decision, Refusal) and self._mended(answers, decision.problems, asks, facts)
            if not mended or mended == answers:
                break
            answers = mended
        if isinstance(decision, Plan):  # what becomes of a record depends on all of it
            touched = [*(each.subject for each in decision.changes), *(each.subject for each in decision.settings)]
            facts.look_at(ref for ref in touched if ref.id > 0)
        return answers, decision

    def _mended(
        self, answers: Mapping[str, str], problems: tuple[Problem, ...], asks: Mapping[str, Question], facts: Facts
    ) -> dict[str, str]:
        mended = dict(answers)
        for problem in problems:
            key = problem.path[-1]
            if problem.path[0] != "answers" or key not in asks:
                continue
            if key in answers:
                del mended[key]
            else:
                mended[key] = self._answer(asks[key], facts)
        return mended

    def _answer(self, question: Question, facts: Facts) -> str:
        """Something that may be answered, as far as the checks say what."""
        checks = (*question.input.checks, *question.checks)
        if question.input.choices:
            return question.input.choices[0].key
        if question.input.type == DATE:
            return day_of(facts.now, self._ruleset.zone).isoformat()
        if question.input.type == TEXT:
            return "x" * max((1, *(check.shortest or 1 for check in checks)))
        limits = (check.least or check.most for check in checks)
        return next((each.text for each in limits if isinstance(each, Constant)), _value(question.input.type, SITE))

    def subjects(self, transition: Transition, facts: Facts) -> tuple[Ref, ...]:
        """The records that a transition can be asked of where they are."""
        ends = self._ruleset.ends(transition)
        if not ends:
            return ()
        return tuple(
            ref
            for ref, record in facts.records.items()
            if record.sort == ends[0] and (transition.creates or _starts(record, transition))
        )

    def partners(self, transition: Transition, facts: Facts, subject: Ref) -> tuple[Ref | None, ...]:
        """Whom a transition can be asked with, among the same people."""
        ends = self._ruleset.ends(transition)
        if len(ends) < BETWEEN:
            return (None,)
        one = facts.records[subject]
        return tuple(
            ref
            for ref, record in facts.records.items()
            if record.sort == ends[1] and ref != subject and (transition.creates != Kind.PAIR or fits(one, record))
        )


def presses(ruleset: Ruleset, transition: Transition) -> bool:
    """Whether somebody can set a transition off: by a button, an act or an event."""
    return transition.pressable or bool(ruleset.events.get(transition.event or "", frozenset()) - {PLATFORM})


def fits(one: Record, other: Record) -> bool:
    """Whether two personas can be a pair at all: one of each role (named in a fixed order), of two people."""
    return str(one.values["role"]) > str(other.values["role"]) and one.links["user"] != other.links["user"]


def with_fills(facts: Facts, fills: Fills) -> Facts:
    """The facts once fields were set by hand."""
    if not fills:
        return facts
    records = dict(facts.records)
    for ref, key, value in fills:
        record = records[ref]
        links = {**record.links, "site": PLACE} if key == PLACEMENTS[0] and value else record.links
        records[ref] = replace(record, values={**record.values, key: value}, links=links)
    return Facts(records.values(), facts.now)


def without_fills(facts: Facts, lens: Lens) -> Facts:
    """The facts with what people set by hand empty again, so that it tells no situation from another."""
    if not lens.free:
        return facts
    return Facts([_emptied(record, lens) for record in facts.records.values()], facts.now)


def _emptied(record: Record, lens: Lens) -> Record:
    own = lens.free.get(record.sort, {})
    if not any(record.values.get(key) for key in own):
        return record
    links = {name: ref for name, ref in record.links.items() if name != "site" or record.ref.kind is not Kind.PERSONA}
    return replace(record, values={**record.values, **dict.fromkeys(own)}, links=links)


def _starts(record: Record, transition: Transition) -> bool:
    return record.statuses.get(transition.machine) in transition.sources


def _value(type_: str, otherwise: str) -> str:
    return {BOOLEAN: "true", INTEGER: "1", DATE: "2026-01-05"}.get(type_, otherwise)
