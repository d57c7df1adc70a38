"""Refusals: everything that stands against an act, told as far as the caller may know it."""

from server.domain.errors import InputProblemsError, Refused, TransitionRefusedError
from server.engine.decide import decide, offers
from server.engine.facts import Facts, Kind, Ref
from server.engine.plan import Plan, Problem, Refusal, Request
from server.services.acts import OpenAct, require_none
from server.services.shown import shown_blockers, shown_offers, shown_problems


def decided(doing: OpenAct, request: Request, facts: Facts, problems: tuple[Problem, ...] = ()) -> Plan:
    """The plan of an act; raises with every reason when there is none. ``problems``: what is wrong with it besides."""
    decision = decide(doing.ruleset, request, facts)
    if isinstance(decision, Plan):
        require_none(problems)
        return decision
    if not decision.blockers and not decision.unconfirmed:
        raise InputProblemsError((*shown_problems(doing.work, doing.sight, decision.problems), *problems))
    raise refused(doing, decision, request.subject, facts, problems=problems)


def refused(
    doing: OpenAct, refusal: Refusal, subject: Ref, facts: Facts, *, problems: tuple[Problem, ...] = ()
) -> TransitionRefusedError:
    """The error that carries a refusal, with the present status and the ways that are open."""
    work, ruleset, sight = doing.work, doing.ruleset, doing.sight
    record = None if refusal.transition.creates is Kind.USER else facts.records.get(subject)
    machine = refusal.transition.machine
    open_ways = offers(ruleset, subject, doing.roles, facts, doing.actor) if record and refusal.blockers else ()
    complete = Refusal(
        refusal.transition,
        refusal.permitted,
        shown_blockers(work, sight, refusal.blockers),
        (*shown_problems(work, sight, refusal.problems), *problems),
        refusal.unconfirmed,
    )
    detail = Refused(
        complete,
        ruleset,
        subject,
        machine,
        record.statuses.get(machine) if record else None,
        shown_offers(work, sight, {subject: [offer for offer in open_ways if offer.allowed]})[subject],
    )
    reasons = [blocker.text for blocker in refusal.blockers] or [warned.text for warned in refusal.unconfirmed]
    return TransitionRefusedError(" ".join(dict.fromkeys(reasons)), detail)
