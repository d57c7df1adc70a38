"""The transitions of pairs and of the persona status in the default flow."""

from server.engine.effects import Fire
from server.engine.facts import Kind
from server.engine.questions import Question
from server.engine.ruleset import Caution, Requirement
from tests.engine.flow_statuses import INPUTS
from tests.engine.words import (
    ADMIN,
    BOTH_AVAILABLE,
    IN_THE_POOL,
    PLATFORM_ONLY,
    READY,
    TAKEN,
    WAITING,
    a_transition,
    answered,
    at,
    either,
    every,
    fire,
    in_role,
    is_,
    need,
    none,
    pooled,
)


def _rescreens(side: str) -> Fire:
    role = side.upper()
    wants = answered(f"{side}_rematch", "YES", "MAYBE")
    free = none(f"{side}.user.personas", in_role(IN_THE_POOL, role))
    condition = every(wants, is_(f"{side}.user.user_status", "ACTIVE"), free)
    return fire("make_rescreening", subject=f"{side}.user", condition=condition, role=role, line=243)


def _not_rematched(side: str, line: int) -> Requirement:
    again = every(is_("role", side.upper()), is_("persona_status", "ACTIVE"), is_("match_status", "MATCHED"))
    text = f"The {side} has been matched again."
    return need(f"NOT_REMATCHED_{side.upper()}", none(f"{side}.user.personas", again), text, line)


def _retire(side: str, line: int) -> Fire:
    where = in_role(WAITING, side.upper())
    return fire("retire_surplus_persona", each=f"{side}.user.personas", where=where, line=line)


PAIR_MOVES = (
    a_transition(
        "match",
        "pair_status",
        "Match",
        "",
        "OPEN",
        creates=Kind.PAIR,
        undo="delete_match",
        requires=(
            need("AVAILABLE", BOTH_AVAILABLE, "Only active personas of active users can be matched.", 215),
            need("READY", READY, "Both must be Ready To Be Matched.", 216),
        ),
        effects=(fire("become_matched", each="sides", line=218),),
        place=at(207),
    ),
    a_transition(
        "close_match",
        "pair_status",
        "Close Match",
        "OPEN",
        "CLOSED",
        asks=tuple(Question(question, required=True) for question in INPUTS.values()),
        effects=(fire("become_closed", each="sides", line=227), _rescreens("mentor"), _rescreens("mentee")),
        place=at(219),
    ),
    a_transition(
        "open_match",
        "pair_status",
        "Open Match",
        "CLOSED",
        "OPEN",
        requires=(
            need("AVAILABLE", BOTH_AVAILABLE, "Both personas and both users must be Active.", 243),
            _not_rematched("mentor", 244),
            _not_rematched("mentee", 245),
        ),
        effects=(_retire("mentor", 247), _retire("mentee", 248), fire("become_matched", each="sides", line=249)),
        place=at(236),
    ),
    a_transition(
        "delete_match",
        "pair_status",
        "Delete Match",
        "OPEN",
        "DELETED",
        allow=ADMIN,
        cautions=(
            Caution("MADE_IN_ERROR", "Only for matches made in error. To end a match use Close Match.", None, at(257)),
        ),
        effects=(fire("become_free", each="sides", line=259),),
        place=at(250),
    ),
)

PERSONA_MOVES = (
    a_transition(
        "inactivate_persona",
        "persona_status",
        "Make persona Inactive",
        "ACTIVE",
        "INACTIVE",
        cautions=(
            Caution(
                "CUTS_COMMUNICATION",
                "This persona is matched. The pair will no longer be able to communicate.",
                is_("match_status", "MATCHED"),
                at(269),
            ),
        ),
        place=at(262),
    ),
    a_transition(
        "retire_surplus_persona",
        "persona_status",
        "Retire surplus persona",
        "ACTIVE",
        "INACTIVE",
        allow=PLATFORM_ONLY,
        place=at(270),
    ),
    a_transition(
        "reactivate_persona",
        "persona_status",
        "Make persona Active",
        "INACTIVE",
        "ACTIVE",
        requires=(
            need(
                "NOT_IN_POOL",
                either(is_("match_status", "CLOSED", "NOT_MATCHING"), none("personas", pooled("this.role"))),
                TAKEN,
                279,
            ),
        ),
        effects=(
            fire(
                "enter_pool",
                condition=every(is_("user.user_status", "ACTIVE"), is_("match_status", "NOT_APPLICABLE")),
                line=283,
            ),
        ),
        place=at(271),
    ),
)
