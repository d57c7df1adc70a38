"""What is said of an edit: every kind of change, and nothing where only words move."""

import pytest

from server.engine.ruleset import Ruleset
from server.exploration.change import CODES, Change
from server.exploration.differences import compare
from server.exploration.space import Limits
from server.rules.loader import load_text
from tests.rules.builders import MINIMAL, SHIPPED

APPROVE = "approve: {machine: user_status, label: Approve, from: NEW, to: READY, allow: [STAFF]}"
JOIN = "label: Join, creates: pair, to: OPEN, allow: [STAFF],"
END = "end: {machine: pair_status, label: End, from: OPEN, to: OVER, allow: [STAFF]}"
NEEDS_READY = "require: {READY: {that: {mentor.user_status: READY}, otherwise: Approve the mentor first.}},"
INPUTS = "inputs:\n  why: {label: Why, type: choice, choices: {GOOD: {label: Good}, BAD: {label: Bad}}}\ntransitions:\n"


NEAR = Limits(situations=25, seconds=None, personas=2)
"""Far enough for a file so small."""


def small(*edits: tuple[str, str]) -> Ruleset:
    text = MINIMAL
    for old, new in edits:
        assert old in text
        text = text.replace(old, new)
    return load_text(text).rulesets["small"]


def said(*edits: tuple[str, str]) -> list[tuple[str, str]]:
    """The changes that an edit of the minimal file makes: their codes and sentences."""
    found = compare(small(), small(*edits), NEAR)
    assert all(change.code in CODES for change in found)
    return [(change.code, change.text) for change in found]


def test_the_same_rules_are_no_change():
    assert compare(small(), small()) == ()


def test_comments_order_and_help_are_no_change():
    text = SHIPPED.read_text(encoding="utf-8")
    turned = text.replace("[PROGRAM_ADMIN, SITE_STAFF]", "[SITE_STAFF, PROGRAM_ADMIN]").replace("# ---", "# ===")
    turned = turned.replace("NOT_APPLICABLE, RTBM", "RTBM, NOT_APPLICABLE").replace("help: Turns", "help: He turns")
    assert turned != text
    old, new = (load_text(each).rulesets["default"] for each in (text, turned))
    assert compare(old, new) == ()


def test_a_new_requirement_is_told_with_its_reason_and_a_situation_in_which_it_refuses():
    assert compare(small(), small((JOIN, f"{JOIN} {NEEDS_READY}")), NEAR) == (
        Change(
            "can-no-longer",
            'Staff can no longer carry out Join because: "Approve the mentor first."',
            "join",
            ("STAFF",),
            "Approve the mentor first.",
            "Anna's mentor persona: New, Free; Ben's mentee persona: New, Free; Anna: New; Ben: New. "
            "Staff presses Join on Anna's mentor persona and Ben's mentee persona.",
        ),
    )


def test_a_requirement_that_goes_opens_what_was_refused():
    (change,) = compare(small((JOIN, f"{JOIN} {NEEDS_READY}")), small(), NEAR)
    text = 'Staff can now also carry out Join where it was refused: "Approve the mentor first."'
    assert (change.code, change.text, change.transition) == ("can-now", text, "join")


@pytest.mark.parametrize(
    ("edits", "expected"),
    [
        (
            [("label: Ready", "label: Fit"), ("label: Approve", "label: Accept")],
            [("renamed", "The User Status Ready is now called Fit."), ("renamed", "Approve is now called Accept.")],
        ),
        (
            [
                (
                    "READY: {label: Ready, category: STEP}",
                    "READY: {label: Ready, category: STEP}, OLD: {label: Old, category: STEP}",
                )
            ],
            [("status-added", "User Status has a new status: Old.")],
        ),
        (
            [
                ("TAKEN: {label: Taken, category: STEP}", "USED: {label: Used, category: STEP}"),
                ("to: TAKEN", "to: USED"),
            ],
            [
                ("status-added", "Match Status has a new status: Used."),
                ("status-gone", "The Match Status Taken is gone."),
                (
                    "effects-differ",
                    "Join has other effects; now: the mentor persona becomes Used; the mentee persona becomes Used, "
                    "and no longer: the mentor persona becomes Taken; the mentee persona becomes Taken.",
                ),
            ],
        ),
        (
            [(END, f"{END}\n  reopen: {{machine: pair_status, label: Again, from: OVER, to: OPEN, allow: [STAFF]}}")],
            [("transition-added", "The button Again is new, for Staff.")],
        ),
        (
            [("transitions:\n", INPUTS), (END, END.replace("allow:", "ask: [why!], allow:"))],
            [("asks-newly", 'End now asks "Why", which must be answered.')],
        ),
        ([(END, END.replace("[STAFF]", "[SYSTEM]"))], [("may-no-longer", "Staff may not press End any more.")]),
        (
            [("approve: {", "approve: {then: [{each: personas, fire: take}], ")],
            [
                ("effects-differ", "Approve has other effects; now: the mentor persona becomes Taken."),
                ("effects-differ", "Approve has other effects; now: the mentee persona becomes Taken."),
                (
                    "can-no-longer",
                    "Staff can no longer carry out Approve because: "
                    '"Take starts from Free; the Match Status is Taken."',
                ),
            ],
        ),
        (
            [(END, END.replace("allow:", "warn: {SURE: {text: Really}}, allow:"))],
            [("effects-differ", 'End has other effects; now: the warning "Really" must be confirmed.')],
        ),
        (
            [("from: NEW, to: READY", "from: [NEW, READY], to: READY")],
            [
                (
                    "can-now",
                    "Staff can now also carry out Approve where it was refused: "
                    '"Approve starts from New; the User Status is Ready."',
                )
            ],
        ),
        ([("open_pairs: 1", "open_pairs: 2")], [("otherwise", "The roles of the program are otherwise: MENTOR.")]),
        (
            [("register_user: {allow: [STAFF]}", "register_user: {allow: [STAFF]}\n  place_persona: {allow: [STAFF]}")],
            [("may-now", "Staff may now do: place_persona.")],
        ),
    ],
)
def test_every_kind_of_change_has_its_sentence(edits, expected):
    assert said(*edits) == expected


def test_who_may_now_press_something_is_told_with_a_situation_in_which_they_do():
    other = (
        "STAFF: {label: Staff, scope: program}",
        "STAFF: {label: Staff, scope: program}\n  HELP: {label: Aide, scope: program}",
    )
    old, new = small(other), small(other, (END, END.replace("[STAFF]", "[STAFF, HELP]")))
    assert compare(old, new, NEAR) == (
        Change(
            "may-now",
            "Aide may now press End.",
            "end",
            ("HELP",),
            None,
            "the match of Anna and Ben: Open; Anna's mentor persona: New, Taken; Ben's mentee persona: New, Taken; "
            "Anna: New; Ben: New. Aide presses End on the match of Anna and Ben.",
        ),
    )


def test_what_is_judged_otherwise_without_showing_is_told_as_such():
    never = "require: {NEVER: {that: {user_status: NEW}, otherwise: Too late.}}, allow: [STAFF]"
    assert said((APPROVE, APPROVE.replace("allow: [STAFF]", never))) == [
        ("otherwise", "Approve is judged otherwise; no situation was found in which it shows.")
    ]
