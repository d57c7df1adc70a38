"""The default flow as Python objects: what the compiler of the rules file would make of it."""

from dataclasses import replace
from typing import Any

from server.engine.conditions import Count, Not
from server.engine.facts import Kind
from server.engine.intake import Intake
from server.engine.outcomes import always
from server.engine.roles import ActorRole, Role
from server.engine.ruleset import Invariant, Ruleset, Transition
from tests.engine.flow_moves import MATCH_MOVES, USER_MOVES
from tests.engine.flow_pairs import PAIR_MOVES, PERSONA_MOVES
from tests.engine.flow_statuses import INPUTS, MACHINES
from tests.engine.words import (
    ADMIN,
    BOTH_AVAILABLE,
    IN_THE_POOL,
    READY,
    STAFF,
    at,
    every,
    fire,
    is_,
    need,
    number,
    path,
    some,
)

INVARIANTS = (
    Invariant(
        "one_in_the_pool",
        Kind.USER,
        True,
        Count(path("personas"), IN_THE_POOL, at_least=number(2)),
        "A person waits for, or is in, at most one match per role.",
        at(286),
    ),
    Invariant(
        "matched_people_take_part",
        Kind.PERSONA,
        False,
        every(is_("match_status", "MATCHED"), Not(is_("user.user_status", "ACTIVE"))),
        "Whoever is matched is Active.",
        at(290),
    ),
    Invariant(
        "open_pairs_are_matched",
        Kind.PAIR,
        False,
        every(is_("pair_status", "OPEN"), Not(READY), some("sides", Not(is_("match_status", "MATCHED")))),
        "Both sides of an open match are Matched.",
        at(294),
    ),
)

ACTS = (
    Transition(
        id="register_user",
        machine="user_status",
        label="Register",
        cases=always("APPLICATION_INCOMPLETE"),
        sources=frozenset(),
        allow=STAFF,
        place=at(28),
        creates=Kind.USER,
        intake=Intake(),
        offered=False,
    ),
    Transition(
        id="add_persona",
        machine="persona_status",
        label="Add persona",
        cases=always("ACTIVE"),
        sources=frozenset(),
        allow=ADMIN,
        place=at(29),
        creates=Kind.PERSONA,
        effects=(fire("enter_pool", condition=is_("user.user_status", "ACTIVE"), line=29),),
        offered=False,
    ),
)

FLOW = Ruleset(
    program="default",
    title="Mentor and mentee status flow",
    revision="0123456789ab",
    machines=MACHINES,
    transitions={t.id: t for t in (*USER_MOVES, *MATCH_MOVES, *PAIR_MOVES, *PERSONA_MOVES, *ACTS)},
    actors={
        key: ActorRole(key, label, scope)
        for key, label, scope in (
            ("SUPER_ADMIN", "Super administrator", "all"),
            ("PROGRAM_ADMIN", "Program administrator", "program"),
            ("SITE_STAFF", "Site staff", "site"),
            ("PARTICIPANT", "The mentor or mentee", "self"),
            ("SYSTEM", "The platform itself", "all"),
        )
    },
    roles={
        "MENTOR": Role("MENTOR", "Mentor", 1, has_site_list=True),
        "MENTEE": Role("MENTEE", "Mentee", 1, has_site_list=False),
    },
    events={"application.finished": STAFF | {"PARTICIPANT"}},
    inputs=INPUTS,
    can_communicate=(
        need("NOT_OPEN", is_("pair_status", "OPEN"), "The match is not open.", 75),
        need("INACTIVE", BOTH_AVAILABLE, "One of the two is inactive.", 76),
    ),
    invariants=INVARIANTS,
    support_contact="support@example.org",
    recalls=frozenset({"user_status"}),
)
"""Do not change: build variants with :func:`changed` and :func:`with_transition`."""


def changed(transition: str, rules: Ruleset = FLOW, **changes: Any) -> Ruleset:
    """The rules with one transition changed."""
    edited = replace(rules.transitions[transition], **changes)
    return with_transition(edited, rules=rules)


def with_transition(*added: Transition, rules: Ruleset = FLOW) -> Ruleset:
    """The rules with further transitions."""
    return replace(rules, transitions={**rules.transitions, **{t.id: t for t in added}})


def with_open_pairs(mentors: int | str | None, mentees: int | None = 1) -> Ruleset:
    """The rules with other limits of open pairs, and a Match that a matched persona may press again."""
    roles = {
        "MENTOR": replace(FLOW.roles["MENTOR"], open_pairs=mentors),
        "MENTEE": replace(FLOW.roles["MENTEE"], open_pairs=mentees),
    }
    several = every(is_("mentor.match_status", "RTBM", "MATCHED"), is_("mentee.match_status", "RTBM", "MATCHED"))
    rules = changed(
        "match",
        requires=(need("READY", several, "Both must be ready.", 216),),
        effects=(fire("become_matched", each="sides", where=is_("match_status", "RTBM"), line=218),),
    )
    return replace(rules, roles=roles)
