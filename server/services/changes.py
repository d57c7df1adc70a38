"""The heart: change a status, if the rules say so, and do what follows."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from server.domain.actors import Caller
from server.domain.commands import Applied, Options
from server.domain.errors import (
    InputProblemsError,
    NotConfiguredError,
    NotPermittedError,
)
from server.domain.records import Record
from server.engine.decide import offers
from server.engine.facts import Facts, Kind, Ref, Sort, kind_of
from server.engine.moves import fitting
from server.engine.plan import Plan, Problem, Request
from server.engine.ruleset import OWNER, Ruleset, Transition
from server.services.access import actor_of, around, roles_on
from server.services.acts import OpenAct, labels_of, note_problems, require_none
from server.services.once import Doing
from server.services.partners import Wish, partner_of, require_nameable
from server.services.records import Reached, called, load, reached, require_version
from server.services.refusals import decided
from server.services.rulebook import Rulebook
from server.services.spelling import suggestion
from server.store.programs import site_by_key
from server.store.sessions import Session
from server.store.unit_of_work import UnitOfWork


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
        return self.doing(caller, options).act(session, lambda work: self.carry_out(work, caller, wish))

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
            found = reached(work, self._rulebook, caller, subject)
            facts = work.case(found.ruleset, around(caller, found.program_id, [subject]), self._clock())
            chosen = _leading_to(found, facts, machine, to, actor_of(caller, found.program_id))
            return self.carry_out(work, caller, Wish(chosen, subject, answers, options, to=to))

        return self.doing(caller, options).act(session, act)

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
            found = reached(work, self._rulebook, caller, subject)
            ruleset = found.ruleset
            _require_event(ruleset, found.roles, event)
            started = [t for t in ruleset.started_by(event) if ruleset.machines[t.machine].owner == found.sort]
            if not started:
                raise NotConfiguredError(f"In this program nothing follows from {event}.")
            chosen = started[0] if len(started) == 1 else self._fitting(work, ruleset, subject, started)
            return self.carry_out(work, caller, Wish(chosen.id, subject, answers, options, event=event))

        return self.doing(caller, options).act(session, act)

    def _fitting(self, work: UnitOfWork, ruleset: Ruleset, subject: Ref, started: Sequence[Transition]) -> Transition:
        """The first of several transitions that starts from where the record is, else the first of all."""
        return fitting(started, work.case(ruleset, [subject], self._clock()).records[subject].statuses)

    def doing(self, caller: Caller, options: Options) -> Doing:
        """A caller's acts under these options, each carried out once where the options say so."""
        return Doing(self._rulebook, caller, options, self._clock)

    def carry_out(self, work: UnitOfWork, caller: Caller, wish: Wish) -> Applied:
        """Does within an act under way what somebody wishes; raises as :meth:`perform` does."""
        now, options = self._clock(), wish.options
        subject = reached(work, self._rulebook, caller, wish.subject)
        ruleset = subject.ruleset
        _require_transition(ruleset, wish, subject.sort)
        partner = partner_of(work, self._rulebook, caller, wish, subject)
        _require_second(work, ruleset, wish)
        involved = [wish.subject, *([] if wish.partner is None else [wish.partner])]
        facts = work.case(ruleset, around(caller, subject.program_id, involved), now)
        named = [subject, *([] if partner is None else [partner])]
        roles = _roles(work, caller, named)
        if wish.partner is not None and partner is None:
            require_nameable(caller, wish, subject, roles, facts)
        require_version(work, wish.subject, options.expected_version)
        if wish.partner is not None:
            require_version(work, wish.partner, options.expected_partner_version, "expected_partner_version")
        _require_sides(ruleset, wish, facts)
        doing = OpenAct(work, subject.program_id, ruleset, caller, now, options, roles)
        return doing.write(wish.event or wish.transition, _decided(doing, wish, facts))


def _roles(work: UnitOfWork, caller: Caller, named: list[Reached]) -> frozenset[str]:
    """The roles that reach all the records named, asked once they are locked: of a pair to be made, both sides."""
    every = (roles_on(work, each.ruleset, caller, each.program_id, each.ref) for each in named)
    return frozenset.intersection(*every)


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


def _decided(doing: OpenAct, wish: Wish, facts: Facts) -> Plan:
    """The plan; raises with every reason when there is none."""
    ruleset = doing.ruleset
    request = Request(
        wish.transition,
        wish.subject,
        doing.roles,
        partner=wish.partner,
        role=_role(ruleset, wish, facts),
        answers=wish.answers,
        confirmed=wish.options.confirm,
        effective_at=wish.options.effective_at,
        by_event=wish.event is not None,
        actor=doing.actor,
        to=wish.to,
    )
    problems = (*note_problems(wish.options), *unknown_sites(doing, ruleset.transitions[wish.transition], wish.answers))
    return decided(doing, request, facts, problems)


def transition_of(ruleset: Ruleset, key: str) -> Transition:
    """A transition by its key. Raises NotConfiguredError where the program has none."""
    transition = ruleset.transitions.get(key)
    if transition is None:
        hint = suggestion(key, ruleset.transitions)
        raise NotConfiguredError(f"This program has no transition {key}. {hint}", ("transition",))
    return transition


def _require_transition(ruleset: Ruleset, wish: Wish, sort: Sort) -> None:
    """Refuses a transition that the program does not have, and one that is for other kinds of record."""
    transition = transition_of(ruleset, wish.transition)
    wanted, *others = asked_of(ruleset, transition)
    problems = []
    if sort != wanted:
        problems.append(Problem(("subject",), f"{transition.label} acts on a {called(wanted)}: give the id of one."))
    if wish.partner is not None and wish.partner.kind not in map(kind_of, others):
        hint = f"give the id of a {called(others[0])}" if others else "leave it out"
        problems.append(Problem(("partner",), f"{transition.label} takes no such partner; {hint}."))
    require_none(tuple(problems))


def asked_of(ruleset: Ruleset, transition: Transition) -> tuple[Sort, ...]:
    """What a transition is asked of. Raises InputProblemsError for what brings somebody in: nobody is there yet."""
    if transition.creates is Kind.USER:
        text = f"{transition.label} brings somebody in: registerUser does that."
        require_none((Problem(("transition",), text),))
    return ruleset.ends(transition)


def _require_second(work: UnitOfWork, ruleset: Ruleset, wish: Wish) -> None:
    """Refuses a partner of another declared kind than the new record is linked to."""
    if wish.partner is None or wish.partner.kind is not Kind.RECORD:
        return
    transition = ruleset.transitions[wish.transition]
    sort, found = ruleset.ends(transition)[1], load(work, wish.partner, "partner")
    if isinstance(found, Record) and found.kind != sort:
        require_none((Problem(("partner",), f"{transition.label} takes a {called(sort)} there."),))


def _require_event(ruleset: Ruleset, roles: frozenset[str], event: str) -> None:
    allowed = ruleset.events.get(event)
    if allowed is None:
        raise NotConfiguredError(f"This program knows no event {event}. {suggestion(event, ruleset.events)}")
    if OWNER not in roles and not allowed & roles:
        raise NotPermittedError(f"This may be said by: {labels_of(ruleset, allowed)}.")


def _role(ruleset: Ruleset, wish: Wish, facts: Facts) -> str | None:
    """The role asked for; without one, for a new persona, the only role the person has ever had."""
    transition = ruleset.transitions[wish.transition]
    if wish.role is not None or transition.creates is not Kind.PERSONA:
        return wish.role
    had = {facts.records[ref].values.get("role") for ref in facts.personas.get(wish.subject, ())}
    return next(iter(had)) if len(had) == 1 else None


def unknown_sites(doing: OpenAct, transition: Transition, answers: Mapping[str, str]) -> tuple[Problem, ...]:
    """Answers that should name a site and do not name one that the caller sees."""
    keys = [q.input.key for q in transition.asks if q.input.type == "reference" and answers.get(q.input.key)]
    return tuple(
        Problem(("answers", key), f"There is no site {answers[key]} in this program.")
        for key in keys
        if site_by_key(doing.work.connection, doing.program_id, answers[key], sight=doing.sight) is None
    )


def _leading_to(found: Reached, facts: Facts, machine: str, to: str, actor: Ref | None) -> str:
    """The transition that leads to a status: the only one allowed, else the one that explains best why not."""
    ruleset, subject = found.ruleset, found.ref
    statuses = ruleset.machines[machine].statuses
    if to not in statuses:
        raise InputProblemsError((Problem(("to",), f"There is no status {to}. {suggestion(to, statuses)}"),))
    leading = [
        transition
        for transition in ruleset.transitions.values()
        if transition.machine == machine and to in transition.entered and transition.creates is None
    ]
    if not leading:
        raise NotConfiguredError(f"In this program no transition leads to {statuses[to].label}.", ("to",))
    buttons = offers(ruleset, subject, found.roles, facts, actor)
    allowed = {offer.transition.id for offer in buttons if offer.allowed and to in offer.targets}
    possible = [transition for transition in leading if transition.id in allowed]
    if len(possible) > 1:
        names = ", ".join(transition.id for transition in possible)
        text = f"Several transitions lead to {statuses[to].label}: {names}. Use performTransition with one of them."
        raise InputProblemsError((Problem(("to",), text),))
    present = facts.records[subject].statuses[machine]
    return (possible or sorted(leading, key=lambda t: _relevance(t, present)))[0].id


def _relevance(transition: Transition, present: str) -> tuple[bool, bool]:
    """Sorts first what starts from the present status, then what somebody may press."""
    return present not in transition.sources, not transition.pressable
