"""The heart: change a status, if the rules say so, and do what follows."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from server.domain.actors import Caller
from server.domain.commands import Applied, Options
from server.domain.errors import (
    InputProblemsError,
    NotConfiguredError,
    NotPermittedError,
    Refused,
    TransitionRefusedError,
)
from server.engine.decide import decide, offers
from server.engine.facts import Facts, Kind, Ref
from server.engine.plan import Plan, Problem, Refusal, Request
from server.engine.ruleset import OWNER, Ruleset, Transition
from server.services.acts import OpenAct, note_problems, require_none
from server.services.records import kind_of, load, require_version
from server.services.rulebook import Rulebook
from server.services.spelling import nearest
from server.store.programs import site_by_key
from server.store.sessions import Session
from server.store.unit_of_work import UnitOfWork

_ASKED_ON = {Kind.PERSONA: Kind.USER, Kind.PAIR: Kind.PERSONA}
"""The record that a creation is asked on: a persona on its user, a pair on one of its personas."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants done to one record. ``name``: how history calls the act, if not by its transition."""

    transition: str
    subject: Ref
    answers: Mapping[str, str]
    options: Options
    partner: Ref | None = None
    role: str | None = None
    event: str | None = None


class Changes:
    """Status changes. Every one is a decision, written with its history in one transaction."""

    __slots__ = ("_clock", "_rulebook")

    def __init__(self, rulebook: Rulebook, clock: Callable[[], datetime]) -> None:
        self._rulebook = rulebook
        self._clock = clock

    def perform(
        self,
        session: Session,
        caller: Caller,
        transition: str,
        subject: Ref,
        *,
        answers: Mapping[str, str],
        options: Options,
        partner: Ref | None = None,
        role: str | None = None,
    ) -> Applied:
        """Carries one transition out on one record.

        ``role``: of the persona that is created; or, for a pair, the side that the subject must stand on.

        Raises TransitionRefusedError with every reason, InputProblemsError, NotFoundError,
        NotConfiguredError, VersionConflictError; then nothing is written.
        """
        wish = Wish(transition, subject, answers, options, partner, role)
        return session.act(lambda work: self._act(work, caller, wish))

    def perform_to(
        self,
        session: Session,
        caller: Caller,
        subject: Ref,
        machine: str,
        to: str,
        *,
        answers: Mapping[str, str],
        options: Options,
    ) -> Applied:
        """Carries out the transition that leads to the status asked for; see :meth:`perform`."""

        def act(work: UnitOfWork) -> Applied:
            ruleset = self._rulebook.ruleset(load(work, subject).program_id)
            facts = work.case(ruleset, [subject], self._clock())
            chosen = _leading_to(ruleset, facts, subject, (machine, to), caller)
            return self._act(work, caller, Wish(chosen, subject, answers, options))

        return session.act(act)

    def send_event(
        self,
        session: Session,
        caller: Caller,
        event: str,
        subject: Ref,
        *,
        answers: Mapping[str, str],
        options: Options,
    ) -> Applied:
        """Tells the platform that something has happened; it then moves the record by itself."""

        def act(work: UnitOfWork) -> Applied:
            record = load(work, subject)
            ruleset = self._rulebook.ruleset(record.program_id)
            _require_event(ruleset, caller, event)
            started = [t for t in ruleset.started_by(event) if ruleset.machines[t.machine].owner is subject.kind]
            if not started:
                raise NotConfiguredError(f"In this program nothing follows from {event}.")
            fitting = [t for t in started if getattr(record, t.machine) in t.sources]
            chosen = (fitting or started)[0].id
            return self._act(work, caller, Wish(chosen, subject, answers, options, event=event))

        return session.act(act)

    def _act(self, work: UnitOfWork, caller: Caller, wish: Wish) -> Applied:
        now, options = self._clock(), wish.options
        record = load(work, wish.subject)
        ruleset = self._rulebook.ruleset(record.program_id)
        _require_transition(ruleset, wish)
        refs = [wish.subject] if wish.partner is None else [wish.subject, wish.partner]
        if wish.partner is not None:
            load(work, wish.partner, "partner")
        facts = work.case(ruleset, refs, now)
        require_version(work, wish.subject, options.expected_version)
        if wish.partner is not None:
            require_version(work, wish.partner, options.expected_partner_version, "expected_partner_version")
        _require_sides(ruleset, wish, facts)
        plan = _decided(work, ruleset, caller, wish, facts)
        act = OpenAct(work, record.program_id, ruleset, caller, now, options)
        return act.write(wish.event or wish.transition, plan)


def _require_sides(ruleset: Ruleset, wish: Wish, facts: Facts) -> None:
    """Refuses two personas that were named as each other's side. Raises InputProblemsError."""
    if ruleset.transitions[wish.transition].creates is not Kind.PAIR or wish.role is None:
        return
    named = {"subject": wish.subject, "partner": wish.partner}
    roles = {name: str(facts.records[ref].values["role"]) for name, ref in named.items() if ref is not None}
    wrong = [name for name, role in roles.items() if (role == wish.role) is not (name == "subject")]
    require_none(
        tuple(
            Problem(
                (name,), f"This persona is a {ruleset.roles[roles[name]].label.lower()}: name one of the other role."
            )
            for name in wrong
        )
    )


def _decided(work: UnitOfWork, ruleset: Ruleset, caller: Caller, wish: Wish, facts: Facts) -> Plan:
    """The plan; raises with every reason when there is none."""
    request = Request(
        wish.transition,
        wish.subject,
        caller.roles,
        partner=wish.partner,
        role=_role(ruleset, wish, facts),
        answers=wish.answers,
        confirmed=wish.options.confirm,
        effective_at=wish.options.effective_at,
        by_event=wish.event is not None,
    )
    decision = decide(ruleset, request, facts)
    problems = (*note_problems(wish.options), *_unknown_sites(work, ruleset, wish, facts))
    if isinstance(decision, Plan):
        if problems:
            raise InputProblemsError(problems)
        return decision
    if not decision.blockers and not decision.unconfirmed:
        raise InputProblemsError((*decision.problems, *problems))
    raise refused(ruleset, caller, decision, wish.subject, facts, problems=problems)


def refused(
    ruleset: Ruleset,
    caller: Caller,
    refusal: Refusal,
    subject: Ref,
    facts: Facts,
    *,
    problems: tuple[Problem, ...] = (),
) -> TransitionRefusedError:
    """The error that carries a refusal, with the present status and the ways that are open."""
    record = facts.records.get(subject)
    machine = refusal.transition.machine
    open_ways = offers(ruleset, subject, caller.roles, facts) if record and refusal.blockers else ()
    complete = Refusal(
        refusal.transition,
        refusal.permitted,
        refusal.blockers,
        (*refusal.problems, *problems),
        refusal.unconfirmed,
    )
    detail = Refused(
        complete,
        ruleset,
        subject,
        machine,
        record.statuses.get(machine) if record else None,
        tuple(offer for offer in open_ways if offer.allowed),
    )
    reasons = [blocker.text for blocker in refusal.blockers] or [warned.text for warned in refusal.unconfirmed]
    return TransitionRefusedError(" ".join(dict.fromkeys(reasons)), detail)


def _require_transition(ruleset: Ruleset, wish: Wish) -> None:
    """Refuses a transition that the program does not have, and one that is for another kind of record."""
    transition = ruleset.transitions.get(wish.transition)
    if transition is None:
        hint = nearest(wish.transition, ruleset.transitions)
        raise NotConfiguredError(f"This program has no transition {wish.transition}. {hint}", ("transition",))
    owner = ruleset.machines[transition.machine].owner
    wanted = _ASKED_ON.get(transition.creates, owner) if transition.creates else owner
    problems = []
    if wish.subject.kind is not wanted:
        problems.append(Problem(("subject",), f"{transition.label} acts on a {kind_of(wanted)}: give the id of one."))
    if wish.partner is not None and (transition.creates is not Kind.PAIR or wish.partner.kind is not Kind.PERSONA):
        problems.append(Problem(("partner",), f"{transition.label} takes no such partner; leave it out."))
    if problems:
        raise InputProblemsError(tuple(problems))


def _require_event(ruleset: Ruleset, caller: Caller, event: str) -> None:
    allowed = ruleset.events.get(event)
    if allowed is None:
        raise NotConfiguredError(f"This program knows no event {event}. {nearest(event, ruleset.events)}")
    if OWNER not in caller.roles and not allowed & caller.roles:
        labels = ", ".join(ruleset.actors[key].label for key in ruleset.actors if key in allowed) or "nobody"
        raise NotPermittedError(f"This may be said by: {labels}.")


def _role(ruleset: Ruleset, wish: Wish, facts: Facts) -> str | None:
    """The role asked for; without one, for a new persona, the only role the person has ever had."""
    transition = ruleset.transitions[wish.transition]
    if wish.role is not None or transition.creates is not Kind.PERSONA:
        return wish.role
    had = {facts.records[ref].values.get("role") for ref in facts.personas.get(wish.subject, ())}
    return next(iter(had)) if len(had) == 1 else None


def _unknown_sites(work: UnitOfWork, ruleset: Ruleset, wish: Wish, facts: Facts) -> tuple[Problem, ...]:
    """Answers that should name a site and do not."""
    asks = ruleset.transitions[wish.transition].asks
    keys = [q.input.key for q in asks if q.input.type == "reference" and wish.answers.get(q.input.key)]
    program = facts.records[wish.subject].program
    return tuple(
        Problem(("answers", key), f"There is no site {wish.answers[key]} in this program.")
        for key in keys
        if site_by_key(work.connection, program, wish.answers[key]) is None
    )


def _leading_to(ruleset: Ruleset, facts: Facts, subject: Ref, target: tuple[str, str], caller: Caller) -> str:
    """The transition that leads to a status: the only one allowed, else the one that explains best why not."""
    machine, to = target
    statuses = ruleset.machines[machine].statuses
    if to not in statuses:
        raise InputProblemsError((Problem(("to",), f"There is no status {to}. {nearest(to, statuses)}"),))
    leading = [
        transition
        for transition in ruleset.transitions.values()
        if transition.machine == machine and transition.target == to and transition.creates is None
    ]
    if not leading:
        raise NotConfiguredError(f"In this program no transition leads to {statuses[to].label}.", ("to",))
    allowed = [offer for offer in offers(ruleset, subject, caller.roles, facts) if offer.allowed]
    possible = [t for t in leading if any(offer.transition.id == t.id for offer in allowed)]
    if len(possible) > 1:
        names = ", ".join(transition.id for transition in possible)
        text = f"Several transitions lead to {statuses[to].label}: {names}. Use performTransition with one of them."
        raise InputProblemsError((Problem(("to",), text),))
    present = facts.records[subject].statuses[machine]
    return (possible or sorted(leading, key=lambda t: _relevance(t, present)))[0].id


def _relevance(transition: Transition, present: str) -> tuple[bool, bool]:
    """Sorts first what starts from the present status, then what somebody may press."""
    return present not in transition.sources, not transition.pressable
