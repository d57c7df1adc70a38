"""People, pairs and requests with defaults, and decisions in a form that is short to compare."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from server.engine.decide import decide
from server.engine.facts import Facts, Kind, Past, Record, Ref
from server.engine.plan import Blocker, Change, Plan, Refusal, Request
from server.engine.ruleset import Ruleset
from tests.engine.flow import FLOW

NOW = datetime(2026, 9, 1, 12, 0, tzinfo=UTC)
EARLIER = datetime(2026, 8, 1, 12, 0, tzinfo=UTC)
LONG_AGO = datetime(2025, 9, 1, 12, 0, tzinfo=UTC)

GOODBYE = {"close_reason": "LENGTH", "mentor_rematch": "NO", "mentee_rematch": "NO"}
"""A closing form after which nobody goes on."""


def user(number: int) -> Ref:
    return Ref(Kind.USER, number)


def persona(number: int) -> Ref:
    return Ref(Kind.PERSONA, number)


def pair(number: int) -> Ref:
    return Ref(Kind.PAIR, number)


def a_user(
    number: int = 1, status: str = "ACTIVE", *, been: Iterable[str] = (), since: datetime = LONG_AGO, program: int = 1
) -> Record:
    return Record(
        user(number),
        program,
        {"user_status": status},
        since={"user_status": since},
        past={"user_status": tuple(Past(each, "once", since) for each in (*been, status))},
    )


def a_persona(
    number: int = 11,
    match_status: str = "RTBM",
    *,
    of: int = 1,
    role: str = "MENTOR",
    status: str = "ACTIVE",
    site: str | None = "LINCOLN",
    since: datetime = LONG_AGO,
    program: int = 1,
) -> Record:
    return Record(
        persona(number),
        program,
        {"persona_status": status, "match_status": match_status},
        {"role": role, "partner_site": site, "mentor_site_list": None},
        {"user": user(of)},
        since={"persona_status": since, "match_status": since},
    )


def a_match(
    number: int = 21,
    status: str = "OPEN",
    *,
    mentor: int = 11,
    mentee: int = 12,
    places: Mapping[str, int] | None = None,
    since: datetime = LONG_AGO,
    program: int = 1,
) -> Record:
    taken = {"MENTOR": 1, "MENTEE": 1} if status == "OPEN" else {}
    return Record(
        pair(number),
        program,
        {"pair_status": status},
        links={"MENTOR": persona(mentor), "MENTEE": persona(mentee)},
        since={"pair_status": since},
        places=taken if places is None else places,
    )


def a_world(*records: Record, now: datetime = NOW) -> Facts:
    return Facts(records, now)


def two_people(mentor: str = "RTBM", mentee: str = "RTBM", *more: Record) -> Facts:
    """A mentor (user 1, persona 11) and a mentee (user 2, persona 12), both Active; and whatever else."""
    return a_world(
        a_user(1),
        a_user(2),
        a_persona(11, mentor),
        a_persona(12, mentee, of=2, role="MENTEE"),
        *more,
    )


def a_matched_world(*more: Record) -> Facts:
    """The two people in the open match 21."""
    return two_people("MATCHED", "MATCHED", a_match(), *more)


def a_closed_world(*more: Record) -> Facts:
    """The two people after their match 21 was closed."""
    return two_people("CLOSED", "CLOSED", a_match(status="CLOSED"), *more)


def edited(facts: Facts, ref: Ref, **changes: Any) -> Facts:
    """The facts with one record changed; statuses are merged."""
    record = facts.records[ref]
    statuses = {**record.statuses, **changes.pop("statuses", {})}
    new = replace(record, statuses=statuses, **changes)
    return Facts([new if r.ref == ref else r for r in facts.records.values()], facts.now)


def ask(transition: str, subject: Ref, *, by: str = "PROGRAM_ADMIN", **more: Any) -> Request:
    return Request(transition, subject, frozenset(by.split()), **more)


def planned(request: Request, facts: Facts, rules: Ruleset = FLOW) -> Plan:
    decision = decide(rules, request, facts)
    assert isinstance(decision, Plan), decision
    return decision


def refused(request: Request, facts: Facts, rules: Ruleset = FLOW) -> Refusal:
    decision = decide(rules, request, facts)
    assert isinstance(decision, Refusal), decision
    return decision


def name(ref: Ref) -> str:
    return f"{ref.kind.value} {ref.id}"


def row(change: Change) -> str:
    """One change in a line: ``persona 11 RTBM>MATCHED by become_matched <0``."""
    cause = "" if change.caused_by is None else f" <{change.caused_by}"
    return f"{name(change.subject)} {change.before or '(new)'}>{change.after} by {change.transition}{cause}"


def rows(plan: Plan) -> list[str]:
    return [row(change) for change in plan.changes]


def codes(blockers: Iterable[Blocker]) -> list[str]:
    return [blocker.code for blocker in blockers]
