"""The transitions of the default flow, with the lines they have in the file."""

from server.engine.conditions import Filled
from server.engine.facts import Kind
from server.engine.memory import Been
from server.engine.ruleset import Caution
from tests.engine.words import (
    ADMIN,
    AVAILABLE,
    FRESH,
    PLATFORM_ONLY,
    STAFF,
    TAKEN,
    a_transition,
    at,
    fire,
    is_,
    need,
    none,
    path,
    pooled,
)

_NO_OPEN_MATCH = none("personas", is_("match_status", "MATCHED"))
_ENTER = fire("enter_pool", each="personas", where=FRESH, line=108)
_LEAVE = fire("leave_pool", each="personas", where=is_("match_status", "RTBM"), line=148)
_STEPS = "APPLICATION_INCOMPLETE SCREENING_INCOMPLETE"
_FINALS = "INACTIVE_REJECTED INACTIVE_WITHDRAWN INACTIVE_DELETED"


USER_MOVES = (
    a_transition(
        "finish_application",
        "user_status",
        "Finish application",
        "APPLICATION_INCOMPLETE",
        "SCREENING_INCOMPLETE",
        event="application.finished",
        place=at(96),
    ),
    a_transition(
        "activate",
        "user_status",
        "Make Active",
        "SCREENING_INCOMPLETE",
        "ACTIVE",
        effects=(_ENTER,),
        place=at(103),
    ),
    a_transition(
        "reinstate",
        "user_status",
        "Make Active again",
        _FINALS,
        "ACTIVE",
        requires=(
            need(
                "WAS_ACTIVE",
                Been(path("user_status"), frozenset({"ACTIVE"})),
                "This person was never Active. Reopen the screening instead.",
                117,
            ),
        ),
        cautions=(
            Caution("SKIPS_SCREENING", "The person becomes Active again without a new screening.", None, at(119)),
        ),
        effects=(_ENTER,),
        place=at(110),
    ),
    a_transition(
        "reopen_screening", "user_status", "Back to screening", _FINALS, "SCREENING_INCOMPLETE", place=at(122)
    ),
    a_transition("reject", "user_status", "Reject", _STEPS, "INACTIVE_REJECTED", place=at(128)),
    a_transition(
        "withdraw",
        "user_status",
        "Withdraw",
        f"{_STEPS} ACTIVE",
        "INACTIVE_WITHDRAWN",
        requires=(need("NO_OPEN_MATCH", _NO_OPEN_MATCH, "Close the open match first.", 141),),
        effects=(_LEAVE,),
        place=at(134),
    ),
    a_transition(
        "delete_account",
        "user_status",
        "Account made in error",
        f"{_STEPS} ACTIVE INACTIVE_REJECTED INACTIVE_WITHDRAWN",
        "INACTIVE_DELETED",
        allow=ADMIN,
        requires=(need("NO_OPEN_MATCH", _NO_OPEN_MATCH, "Close the open match first.", 152),),
        effects=(_LEAVE,),
        place=at(145),
    ),
)

MATCH_MOVES = (
    a_transition(
        "enter_pool",
        "match_status",
        "Ready to be matched (first time)",
        "NOT_APPLICABLE",
        "RTBM",
        allow=PLATFORM_ONLY,
        requires=(need("USER_ACTIVE", is_("user.user_status", "ACTIVE"), "Make the user Active first.", 165),),
        place=at(158),
    ),
    a_transition(
        "leave_pool",
        "match_status",
        "Leave the pool",
        "RTBM",
        "NOT_APPLICABLE",
        allow=PLATFORM_ONLY,
        place=at(166),
    ),
    a_transition(
        "become_matched",
        "match_status",
        "Become matched",
        "RTBM CLOSED",
        "MATCHED",
        allow=PLATFORM_ONLY,
        place=at(167),
    ),
    a_transition(
        "become_closed",
        "match_status",
        "Become closed",
        "MATCHED",
        "CLOSED",
        allow=PLATFORM_ONLY,
        place=at(168),
    ),
    a_transition("become_free", "match_status", "Become free", "MATCHED", "RTBM", allow=PLATFORM_ONLY, place=at(169)),
    a_transition(
        "make_rtbm",
        "match_status",
        "Make RTBM",
        "RESCREENING",
        "RTBM",
        requires=(
            need("AVAILABLE", AVAILABLE, "Only an active persona of an active user can be made ready.", 177),
            need("PLACED", Filled(path("partner_site"), wanted=True), "Put the persona on a partner site first.", 178),
        ),
        place=at(170),
    ),
    a_transition(
        "not_matching",
        "match_status",
        "Not Matching",
        "RESCREENING RTBM",
        "NOT_MATCHING",
        roles=frozenset({"MENTEE"}),
        place=at(179),
    ),
    a_transition(
        "rescreen",
        "match_status",
        "Back to Rescreening",
        "NOT_MATCHING",
        "RESCREENING",
        roles=frozenset({"MENTEE"}),
        requires=(need("NOT_IN_POOL", none("personas", pooled("this.role")), TAKEN, 194),),
        place=at(186),
    ),
    a_transition(
        "make_rescreening",
        "match_status",
        "Make Rescreening",
        "",
        "RESCREENING",
        creates=Kind.PERSONA,
        allow=STAFF | PLATFORM_ONLY,
        undo="retire_surplus_persona",
        requires=(
            need("USER_ACTIVE", is_("user_status", "ACTIVE"), "Make the user Active first.", 203),
            need("NOT_IN_POOL", none("personas", pooled("created.role")), TAKEN, 204),
        ),
        place=at(195),
    ),
)
