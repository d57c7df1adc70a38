"""The one decision: whether a transition may happen, and what exactly would change.

``decide`` is pure: the same ruleset, request and facts always give the same plan or refusal. The real
change, a dry run and the offered buttons are all this one function.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from server.engine.answers import Form, asked_of, fill_in, trials
from server.engine.beginnings import as_held, begun, held_by, new_persona, new_record
from server.engine.cascade import Cascade
from server.engine.conditions import Answered, Condition, within
from server.engine.effects import Fire, Notify, Put
from server.engine.facts import Facts, Kind, Record, Ref, Situation
from server.engine.invariants import broken
from server.engine.kinds import BETWEEN
from server.engine.moves import AS_PLATFORM, Move
from server.engine.outcomes import possible
from server.engine.plan import IN_THE_FUTURE, Blocker, Offer, Plan, Problem, Refusal, Request
from server.engine.questions import Question
from server.engine.quiet import existing, is_quiet
from server.engine.ruleset import OWNER, Ruleset, Transition
from server.engine.settling import settle
from server.engine.values import Answer


def decide(ruleset: Ruleset, request: Request, facts: Facts) -> Plan | Refusal:
    """Answers a request with what would change, or with every reason why not.

    The plan changes nothing where the rules have it that this is no error. See :mod:`server.engine.quiet`.

    Raises LookupError when the request names a transition or a record that is not there: whoever
    asks has loaded both.
    """
    outcome = next(_Outcome.each(ruleset, request, facts))
    alone = _partner_problems(ruleset, outcome.transition, request)
    own = (*outcome.form.faults, *alone, *outcome.problems, *_time_problems(ruleset, outcome, request, facts))
    if outcome.kept is not None and outcome.permitted and not own:
        return Plan(outcome.transition, (), kept=outcome.kept)
    problems = (*own, *outcome.cascade.problems, *_elsewhere(ruleset, outcome.move, request))
    if outcome.blockers or problems:
        return Refusal(outcome.transition, outcome.permitted, outcome.blockers, tuple(dict.fromkeys(problems)))
    unconfirmed = tuple(warned for warned in outcome.cascade.warnings if warned.code not in request.confirmed)
    if unconfirmed and request.roles != AS_PLATFORM:
        return Refusal(outcome.transition, True, unconfirmed=unconfirmed)
    return outcome.cascade.plan(outcome.transition, outcome.form.answers)


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What came of trying a request on paper."""

    move: Move
    form: Form
    cascade: Cascade
    permitted: bool
    blockers: tuple[Blocker, ...]
    problems: tuple[Problem, ...]
    kept: Ref | None

    @classmethod
    def each(cls, ruleset: Ruleset, request: Request, facts: Facts) -> "Iterator[_Outcome]":
        """Carries the request out on paper, with the answers it has, in every way it may turn out: mostly one."""
        transition, at = ruleset.transitions[request.transition], (request.effective_at, request.actor)
        cascade = Cascade(ruleset, facts, *at)
        move, problems = _root(ruleset, cascade, transition, request)
        form = fill_in(transition, cascade.judge.scope(move))
        for number, way in enumerate(cascade.judge.ways(replace(move, answers=form.answers))):
            cascade = Cascade(ruleset, facts, *at) if number else cascade
            permitted, there = cascade.judge.permitted(way), existing(way, cascade.judge.scope(way))
            found = cascade.carry_out(way) or settle(ruleset, cascade, transition) or broken(ruleset, facts, cascade)
            kept = there or (way.subject.ref if is_quiet(way, found) else None)
            yield cls(way, form, cascade, permitted, tuple(dict.fromkeys(found)), problems, kept)

    @property
    def transition(self) -> Transition:
        """What was tried."""
        return self.move.transition


def _root(
    ruleset: Ruleset, cascade: Cascade, transition: Transition, request: Request
) -> tuple[Move, tuple[Problem, ...]]:
    """The move that the request asks for, with the record it would create."""
    creates, number = transition.creates, cascade.next_id()
    if creates is Kind.USER:
        values, lists = as_held(ruleset, held_by(ruleset, Kind.USER, request.fields))
        nobody = Record(Ref(Kind.USER, number), request.subject.id, {}, values, lists=lists)
        subject = begun(ruleset, cascade.situation, nobody)
        cascade.situation.add(subject)  # the persona is theirs
    else:
        subject = cascade.situation.record(request.subject)
    actor = None if request.by_event else request.actor
    move = Move(
        transition,
        subject,
        request.roles,
        by_event=request.by_event,
        answers=request.answers,
        actor=actor,
        fields=request.fields,
    )
    if creates is None:
        return move, ()
    if len(ruleset.ends(transition)) == BETWEEN or creates in ruleset.kinds:
        return _new_between(ruleset, cascade, move, request.partner), ()
    number -= creates is Kind.USER  # who is created before their persona
    held = held_by(ruleset, Kind.PERSONA, request.fields)
    site, situation = request.site, cascade.situation
    created = new_persona(ruleset, situation, subject, request.role, number, held=held, site=site)
    return replace(move, created=created), _role_problems(ruleset, request.role)


def _new_between(ruleset: Ruleset, cascade: Cascade, move: Move, partner: Ref | None) -> Move:
    """The move with the prospective pair or record; in an offer it has only the side that it is asked on."""
    sides = (move.subject, *([] if partner is None else [cascade.situation.record(partner)]))
    move = replace(move, sides=sides)
    if move.transition.creates in ruleset.kinds:
        record = new_record(ruleset, cascade.situation, move, cascade.next_id(), move.actor)
        return replace(move, created=record)
    links = {role: side.ref for role in ruleset.roles for side in sides if side.values["role"] == role}
    ref = Ref(Kind.PAIR, cascade.next_id())
    pair = Record(ref, move.subject.program, {}, {}, links, proposer=move.actor)
    return replace(move, created=begun(ruleset, cascade.situation, pair))


def may_be_named(ruleset: Ruleset, request: Request, facts: Facts) -> bool:
    """Whether somebody may name the partner of a request without reaching it: they may press, and the rules say so."""
    transition = ruleset.transitions[request.transition]
    if transition.partners is None or request.partner is None:
        return False
    cascade = Cascade(ruleset, facts, request.effective_at)
    move, _ = _root(ruleset, cascade, transition, request)
    partner = cascade.situation.record(request.partner)
    scope = replace(cascade.judge.scope(move), self=partner, this=move.subject)
    return cascade.judge.permitted(move) and transition.partners.holds(scope) is True


def _role_problems(ruleset: Ruleset, role: str | None) -> tuple[Problem, ...]:
    if role in ruleset.roles:
        return ()
    return (Problem(("role",), f"Say which role: {', '.join(ruleset.roles)}."),)


def _partner_problems(ruleset: Ruleset, transition: Transition, request: Request) -> tuple[Problem, ...]:
    ends = ruleset.ends(transition)
    if len(ends) < BETWEEN or request.partner is not None:
        return ()
    return (Problem(("partner",), f"{transition.label} needs a second {ends[-1]}: name it as the partner."),)


def _elsewhere(ruleset: Ruleset, move: Move, request: Request) -> tuple[Problem, ...]:
    """Where the status was asked for and these answers lead to another."""
    if request.to is None or move.to in {None, request.to}:
        return ()
    statuses, label = ruleset.machines[move.transition.machine].statuses, move.transition.label
    text = f"With these answers {label} leads to {statuses[move.to or ''].label}, not to {statuses[request.to].label}."
    return (Problem(("to",), text),)


def _time_problems(ruleset: Ruleset, outcome: _Outcome, request: Request, facts: Facts) -> tuple[Problem, ...]:
    """An act may be entered late, but not ahead of time, nor before what it follows."""
    moment = request.effective_at
    if moment is None:
        return ()
    path = ("options", "effective_at")
    if moment > facts.now:
        return (Problem(path, IN_THE_FUTURE),)
    moved = {(change.subject, change.machine) for change in outcome.cascade.changes}
    own = () if outcome.move.created else ((outcome.move.subject.ref, outcome.transition.machine),)
    found = []
    for ref, machine in sorted(moved.union(own)):
        since = facts.records[ref].since.get(machine) if ref in facts.records else None
        if since is not None and since > moment:
            text = f"The {ruleset.machines[machine].label} of {ref.kind} {ref.id} last changed at {since.isoformat()}."
            found.append(Problem(path, f"{text} Give a time that is not before it.", subject=ref))
    return tuple(found)


def offer(ruleset: Ruleset, request: Request, facts: Facts) -> Offer:
    """One button: what ``decide`` would say before any question is answered.

    A case or an effect that depends on answers is tried with each of them, and the button is blocked only
    when every one is refused.
    """
    transition = ruleset.transitions[request.transition]
    asks, targets = _before_answers(ruleset, _with(request, {}), facts)
    refused: dict[Blocker, None] = {}
    for answers in trials(transition, deciding(ruleset, transition)):
        for outcome in _Outcome.each(ruleset, _with(request, answers), facts):
            if not outcome.blockers:
                warnings = tuple(outcome.cascade.warnings)
                return Offer(transition, request.subject, request.role, (), warnings, asks, targets)
            refused.update(dict.fromkeys(outcome.blockers))
    return Offer(transition, request.subject, request.role, tuple(refused), (), asks, targets)


def mends(ruleset: Ruleset, request: Request, facts: Facts, wrong: Callable[[Situation], bool]) -> bool:
    """Whether a button, with some answers, leads to a situation in which something is no longer ``wrong``."""
    transition = ruleset.transitions[request.transition]
    return any(
        not outcome.blockers and not wrong(outcome.cascade.situation)
        for answers in trials(transition, deciding(ruleset, transition))
        for outcome in _Outcome.each(ruleset, _with(request, answers), facts)
    )


def _before_answers(ruleset: Ruleset, request: Request, facts: Facts) -> tuple[tuple[Question, ...], frozenset[str]]:
    """The questions of a button and where it may lead, as they are for this record and this caller."""
    transition = ruleset.transitions[request.transition]
    certain = all(case.condition is None and not case.back for case in transition.cases)
    if certain and all(question.condition is None for question in transition.asks):
        return transition.asks, transition.targets
    cascade = Cascade(ruleset, facts, request.effective_at)
    move, _ = _root(ruleset, cascade, transition, request)
    scope = cascade.judge.scope(move)
    cases = possible(transition.cases, replace(scope, answers=None), undecided=True)
    statuses = (case.status(transition.machine, move.subject) for case in cases)
    return asked_of(transition, scope), frozenset(status for status in statuses if status is not None)


def _with(request: Request, answers: Mapping[str, str]) -> Request:
    return replace(request, partner=None, answers=answers)


def offers(
    ruleset: Ruleset,
    subject: Ref,
    roles: frozenset[str],
    facts: Facts,
    actor: Ref | None = None,
    *,
    only: str | None = None,
) -> tuple[Offer, ...]:
    """Every button of one record, in the order of the file, also the blocked ones; or those of one transition.

    What nobody may press is left out, and so is what is for the other role. ``actor``: the record of who asks.
    """
    return tuple(_offers(ruleset, subject, roles, facts, actor, only=only))


def open_button(ruleset: Ruleset, subject: Ref, facts: Facts) -> Transition | None:
    """The first button of one record that at least one person may press as things stand; None if there is none."""
    anybody = frozenset({OWNER})
    return next((each.transition for each in _offers(ruleset, subject, anybody, facts, None) if each.allowed), None)


def _offers(
    ruleset: Ruleset, subject: Ref, roles: frozenset[str], facts: Facts, actor: Ref | None, *, only: str | None = None
) -> Iterator[Offer]:
    record = facts.records[subject]
    return (
        offer(ruleset, Request(transition.id, subject, roles, role=role, actor=actor), facts)
        for transition in (ruleset.transitions.values() if only is None else (ruleset.transitions[only],))
        if transition.pressable and transition.offered and _fits(ruleset, transition, record)
        for role in _roles_offered(ruleset, transition, record, facts)
    )


def _fits(ruleset: Ruleset, transition: Transition, record: Record) -> bool:
    role, wanted = record.values.get("role"), ruleset.roles_for(transition)
    return record.sort in ruleset.ends(transition)[:1] and (wanted is None or role is None or role in wanted)


def _roles_offered(ruleset: Ruleset, transition: Transition, record: Record, facts: Facts) -> list[str | None]:
    """The roles a new persona is offered in: of those it is for, the ones the person has had, else all."""
    if transition.creates is not Kind.PERSONA:
        return [None]
    wanted = ruleset.roles_for(transition)
    possible: list[str | None] = [role for role in ruleset.roles if wanted is None or role in wanted]
    had = {facts.records[ref].values["role"] for ref in facts.personas.get(record.ref, ())}
    return [role for role in possible if role in had] or possible


def deciding(ruleset: Ruleset, transition: Transition, seen: frozenset[str] = frozenset()) -> frozenset[str]:
    """The inputs on whose answers some case or effect of the cascade depends, and those on which these depend."""
    found: frozenset[str] = frozenset()
    for condition in (transition.existing, *(case.condition for case in transition.cases)):
        found |= _inputs(condition) if condition else frozenset()
    for effect in transition.follows:
        if isinstance(effect, Notify):  # whatever it says, it stands in nobody's way
            continue
        operands = (effect.operand,) if isinstance(effect, Put) else (*effect.answers.values(), *effect.fields.values())
        found |= {operand.key for operand in operands if isinstance(operand, Answer)}
        for condition in (effect.about.condition, effect.about.where):
            found |= _inputs(condition) if condition else frozenset()
        if isinstance(effect, Fire) and effect.transition not in seen:
            inner = ruleset.transitions[effect.transition]
            found |= deciding(ruleset, inner, seen | {effect.transition})
    for question in reversed(transition.asks):  # whether one is asked depends on the answers before it
        if question.input.key in found and question.condition is not None:
            found |= _inputs(question.condition)
    return found


def _inputs(condition: Condition) -> frozenset[str]:
    return frozenset(part.key for part in within(condition) if isinstance(part, Answered))
