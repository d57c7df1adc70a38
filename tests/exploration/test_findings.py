"""Each finding, planted: one edit of a file in which nothing is found, and exactly what is found then."""

from pathlib import Path

import pytest

from server.engine.ruleset import Ruleset
from server.exploration.explorer import explore
from server.exploration.finding import CODES
from server.exploration.report import Report, reported
from server.exploration.space import Limits
from server.exploration.words import Teller, story
from server.rules.loader import load_text

CLEAN = (Path(__file__).parent / "clean.yaml").read_text(encoding="utf-8")
LEAVE_NEEDS = (
    "      FREE: {that: {none: {of: personas, where: {match_status: TAKEN}}}, otherwise: End the match first.}\n"
)
RETURN = "  return: {machine: user_status, label: Come back, from: GONE, to: READY, allow: [STAFF]}\n"
SURE = "    warn:\n      SURE: {text: It cannot be opened again.}\n"
ADD = "  register_user: {allow: [STAFF]}\n"
GONE = "      GONE: {label: Gone, category: FINAL}\n"


def rules(*edits: tuple[str, str], examined: bool = True) -> Ruleset:
    text = CLEAN
    for old, new in edits:
        assert old in text, old
        text = text.replace(old, new)
    return load_text(text, "clean.yaml", examined=examined).rulesets["clean"]


def explored(*edits: tuple[str, str], personas: int = 3, examined: bool = True) -> Report:
    limits = Limits(situations=400, seconds=None, personas=personas)
    return reported(explore(rules(*edits, examined=examined), limits, lambda: 0.0))


def found(report: Report) -> list[str]:
    assert {each.code for each in report.findings} <= CODES.keys()
    return [f"{each.code}: {each.text}" for each in report.findings]


def test_in_sound_rules_nothing_is_found_and_everything_is_proved():
    report = explored()
    assert found(report) == []
    assert report.extent == "Every situation of up to two people was looked at, with any number of personas: proved."
    assert [(kept.key, kept.alone) for kept in report.invariants] == [("only_ready_people_are_matched", True)]


JOINED = (
    "Anna comes in as Mentor (Register).",
    "Staff presses Approve on Anna.",
    "Ben comes in as Mentee (Register).",
    "Staff presses Approve on Ben.",
    "Staff presses Join on Anna's mentor persona and Ben's mentee persona.",
)

NEVER_REACHED = [
    (GONE, f"{GONE}      LOST: {{label: Lost, category: FINAL}}\n"),
    (RETURN, f"{RETURN}  lose: {{machine: user_status, label: Lose, from: NEW, to: LOST, allow: [SYSTEM]}}\n"),
]
DEAD_END = [
    (GONE, f"{GONE}      HELD: {{label: On hold, category: STEP}}\n"),
    (RETURN, f"{RETURN}  hold: {{machine: user_status, label: Hold, from: NEW, to: HELD, allow: [STAFF]}}\n"),
]
NEVER_FINISHES = [
    (GONE, f"{GONE}      HELD: {{label: On hold, category: STEP}}\n      KEPT: {{label: Kept, category: STEP}}\n"),
    (
        RETURN,
        f"{RETURN}  hold: {{machine: user_status, label: Hold, from: [NEW, KEPT], to: HELD, allow: [STAFF]}}\n"
        "  keep: {machine: user_status, label: Keep, from: HELD, to: KEPT, allow: [STAFF]}\n",
    ),
]
REFUSED_IN_CASCADE = [
    ("to: READY, allow: [STAFF]}\n  leave:", "to: READY, allow: [STAFF, SYSTEM]}\n  leave:"),
    ("fire: free}\n", "fire: free}\n      - {if: {input.why: [BAD]}, subject: mentor.user, fire: approve}\n"),
]
TAKEN = "      TAKEN: {label: Taken, category: STEP}\n"
LONG = [
    (TAKEN, TAKEN + "".join(f"      S{number}: {{label: S{number}, category: STEP}}\n" for number in range(18))),
    (
        RETURN,
        RETURN
        + "".join(
            f"  s{number}: {{machine: match_status, label: To {number}, from: {f'S{number - 1}' if number else 'FREE'}"
            f", to: S{number}, allow: [SYSTEM], automatic: {{when: {{user_status: GONE}}}}}}\n"
            for number in range(18)
        ),
    ),
]
BY_ORDER = [
    (ADD, f"{ADD}  add_persona: {{allow: [STAFF]}}\n"),
    (TAKEN, f"{TAKEN}      LATE: {{label: Late, category: STEP}}\n      SOON: {{label: Soon, category: STEP}}\n"),
    (
        RETURN,
        f"{RETURN}  deal: {{machine: user_status, label: Deal, from: NEW, to: NEW2, allow: [STAFF], "
        "then: [{each: personas, fire: get}]}\n"
        "  back: {machine: user_status, label: Back, from: NEW2, to: GONE, allow: [STAFF]}\n"
        "  get:\n    machine: match_status\n    label: Get\n    from: FREE\n    allow: [SYSTEM]\n    cases:\n"
        "      - {if: {some: {of: personas, where: {match_status: LATE}}}, to: SOON}\n      - {to: LATE}\n",
    ),
    (GONE, f"{GONE}      NEW2: {{label: Dealt, category: STEP}}\n"),
]
_WITH = f"{LEAVE_NEEDS}      ONE: {{that: {{count: {{of: personas, at_least: NUMBER}}}}, otherwise: Too few.}}\n"


@pytest.mark.parametrize(
    ("edits", "expected", "steps"),
    [
        (
            NEVER_REACHED,
            [
                "status-never-reached: nobody can ever come into the User Status Lost",
                "never-carried-out: Lose can never be carried out",
            ],
            (),
        ),
        (
            DEAD_END,
            ["dead-end: whoever is On hold (User Status) stays so: nothing leads on, and it is no final status"],
            ("Anna comes in as Mentor (Register).", "Staff presses Hold on Anna."),
        ),
        (
            NEVER_FINISHES,
            [
                "never-finishes: somebody who is On hold (User Status) may never finish: "
                "Anna cannot come to a final status",
                "never-finishes: somebody who is Kept (User Status) may never finish: "
                "Anna cannot come to a final status",
            ],
            ("Anna comes in as Mentor (Register).", "Staff presses Hold on Anna."),
        ),
        (
            [(SURE, "")],
            ["not-taken-back: End can never be taken back, and nobody is warned"],
            (*JOINED, 'Staff presses End on the match of Anna and Ben and answers "Why does it end" All is done.'),
        ),
        (
            REFUSED_IN_CASCADE,
            [
                "refused-in-cascade: End is offered, and what follows from it can be refused: "
                '"Approve starts from New; the User Status is Ready."'
            ],
            (*JOINED, 'Staff presses End on the match of Anna and Ben and answers "Why does it end" It did not work.'),
        ),
        (
            [(f"    require:\n{LEAVE_NEEDS}", ""), ("refused: FREE", "refused: INVARIANT")],
            ['invariant-needed: only an invariant stops Leave: "Only who is Ready can be matched."'],
            (*JOINED, "Staff presses Leave on Ben."),
        ),
        ([(LEAVE_NEEDS, _WITH.replace("NUMBER", "1"))], ["never-refuses: ONE of Leave never refuses anything"], ()),
        (
            [(ADD, f"{ADD}  add_persona: {{allow: [STAFF]}}\n")],
            ["made-twice: Add persona makes another each time that it is pressed"],
            (
                "Anna comes in as Mentor (Register).",
                "Staff presses Add persona on Anna as Mentor.",
                "The same again: Staff presses Add persona on Anna as Mentor.",
            ),
        ),
        (
            [("      Anna & Ben: {pair_status: OPEN}\n", "")],
            [
                'example-from-nowhere: the example "whoever is matched does not leave" begins where nobody can be: '
                "Anna's mentor persona: There, Taken; Anna: Ready"
            ],
            (),
        ),
    ],
)
def test_a_planted_defect_is_found_and_nothing_else(edits, expected, steps):
    report = explored(*edits)
    assert found(report) == expected
    assert report.findings[0].steps == steps


def test_a_requirement_that_is_never_met_is_found_with_all_that_it_makes_impossible():
    edit = (LEAVE_NEEDS, _WITH.replace("NUMBER", "2"))
    report = explored(edit, ("refused: FREE", "refused: [FREE, ONE]"))
    assert found(report) == [
        "never-finishes: somebody who is New (User Status) may never finish: Anna cannot come to a final status",
        "dead-end: whoever is Ready (User Status) stays so: nothing leads on, and it is no final status",
        "status-never-reached: nobody can ever come into the User Status Gone",
        "never-carried-out: Leave can never be carried out",
        "always-refuses: ONE of Leave is never met",
        "never-carried-out: Come back can never be carried out",
    ]


def test_rules_that_set_each_other_off_further_than_an_act_may_go_are_found():
    report = explored(*LONG)
    assert [each.code for each in report.findings].count("too-deep") == 1
    assert "too-deep: Leave sets off more than an act may: " in "\n".join(found(report))


def test_an_effect_on_several_records_that_look_at_one_another_is_found():
    assert "order-matters" in [each.code for each in explored(*BY_ORDER, personas=2).findings]


def test_limits_that_are_reached_early_are_told_and_nothing_is_called_impossible():
    report = reported(explore(rules(*NEVER_REACHED), Limits(situations=2, seconds=None), lambda: 0.0))
    assert found(report) == []
    assert report.extent == "The limits were reached too early to say that something never happens: look further."


def test_the_clock_ends_an_exploration():
    ticks = iter(range(1_000))
    report = reported(explore(rules(), Limits(seconds=6), lambda: float(next(ticks))))
    assert 0 < report.situations < 8


def test_each_actor_has_what_they_can_bring_about_alone():
    assert {power.actor: power.statuses for power in explored().powers} == {
        "STAFF": {
            "User Status": ("New", "Ready", "Gone"),
            "Persona Status": ("There",),
            "Match Status": ("Free", "Taken"),
            "Pair Status": ("Open", "Over"),
        },
        "MEMBER": {"User Status": ("Gone",)},
    }


def test_time_that_passes_and_what_is_set_by_hand_are_part_of_the_way():
    ruleset = rules(
        (
            "transitions:\n",
            "fields:\n  consent: {label: Consent, of: user, type: boolean, sees: staff, allow: [STAFF]}\n"
            "transitions:\n",
        ),
        (LEAVE_NEEDS, f"{LEAVE_NEEDS}      AGREED: {{that: {{consent: true}}, otherwise: Ask for consent first.}}\n"),
        (GONE, f"{GONE}      LAPSED: {{label: Lapsed, category: FINAL}}\n"),
        (
            RETURN,
            f"{RETURN}  lapse: {{machine: user_status, label: Lapse, from: NEW, to: LAPSED, allow: [SYSTEM], "
            "automatic: {after: P10D}}\n",
        ),
        ("refused: FREE", "refused: [FREE, AGREED]"),
    )
    space = explore(ruleset, Limits(situations=100, seconds=None), lambda: 0.0)
    told = {story(node, Teller(ruleset)) for node in space.nodes.values() if node.depth == 2}
    assert ("Anna comes in as Mentor (Register).", "10 days pass.") in told
    leaves = "Consent of Anna is set to yes, then Staff presses Leave on Anna."
    assert ("Anna comes in as Mentor (Register).", leaves) in told
    assert reported(space).overlooked == ()


def test_what_is_not_varied_is_listed_and_nothing_is_proved():
    ruleset = rules(
        (
            "transitions:\n",
            "fields:\n  coach: {label: Coach, of: user, type: user, sees: staff, allow: [STAFF]}\ntransitions:\n",
        ),
        (LEAVE_NEEDS, f"{LEAVE_NEEDS}      COACHED: {{that: {{coach: set}}, otherwise: Name a coach first.}}\n"),
        ("refused: FREE", "refused: [FREE, COACHED]"),
    )
    report = reported(explore(ruleset, Limits(situations=100, seconds=None), lambda: 0.0))
    assert report.overlooked == ("the field Coach: it is as it begins everywhere.",)
    assert report.extent.endswith("checked, not proved.")
    assert "always-refuses" not in [each.code for each in report.findings]
