"""What is drawn of a rules file."""

from server.drawing.flow import Step, flow_of
from server.engine.ruleset import Ruleset
from tests import shipped
from tests.rules.builders import a_ruleset

RULES = shipped.RULES["default"]


MAKERS = ["register_user", "add_persona", "make_rescreening", "match"]
"""The transitions that make new records, in the order of the rules."""


def steps_of(rules: Ruleset) -> dict[str, Step]:
    return {step.key: step for panel in flow_of(rules).panels for step in panel.steps}


def said(rules: Ruleset, key: str) -> tuple[str, ...]:
    return steps_of(rules)[key].said


def test_every_machine_status_and_transition_is_there() -> None:
    flow = flow_of(RULES)
    assert [panel.key for panel in flow.panels] == list(RULES.machines)
    for panel in flow.panels:
        assert [box.key for box in panel.boxes] == list(RULES.machines[panel.key].statuses)
    assert steps_of(RULES).keys() == RULES.transitions.keys()


def test_one_machine_is_there_alone() -> None:
    flow = flow_of(RULES, "match_status")
    assert (flow.title, [panel.label for panel in flow.panels]) == (
        "Match Status, Mentor and mentee status flow",
        ["Match Status"],
    )
    assert flow.threads == ()


def test_what_sets_off_what_is_joined() -> None:
    threads = flow_of(RULES).threads
    assert [follower for cause, follower in threads if cause == "close_match"] == ["become_closed", "make_rescreening"]
    assert ("open_match", "retire_surplus_persona") in threads


def test_a_transition_from_nearly_everywhere_says_so_instead_of_being_joined_to_each() -> None:
    step = steps_of(RULES)["delete_account"]
    assert (step.sources, step.notes) == ((), ("from anywhere but Inactive Deleted",))


def test_what_nobody_presses_says_what_it_follows() -> None:
    step = steps_of(RULES)["enter_pool"]
    assert (step.pressed, step.notes) == (
        False,
        ("follows Make Active, Make Active again, Make persona Active and 1 more",),
    )


def test_what_happens_by_itself_says_when() -> None:
    step = steps_of(RULES)["finish_application"]
    assert (step.by_itself, step.notes) == (True, ("by itself when application.finished is reported",))


def test_all_about_a_transition_is_said() -> None:
    assert said(RULES, "close_match") == (
        "Close Match",
        "Ends a match. Whoever continues gets a new persona in Rescreening at once.",
        "From: Open",
        "To: Closed",
        "Who may: Program administrator, Site staff",
        "Asks: Why is the match being closed? (must be answered)",
        "Asks: More exactly?",
        "Asks: Anything else?",
        "Asks: Would staff rematch this mentor?",
        "Asks: Does the mentor continue? (must be answered)",
        "Asks: Does the mentee continue? (must be answered)",
        "Then: Become Closed, for each of sides",
        "Then: Make Rescreening, for user of mentor, under a condition",
        "Then: Make Rescreening, for user of mentee, under a condition",
        "Key: close_match",
    )


def test_reasons_and_warnings_are_said_too() -> None:
    lines = said(RULES, "reinstate")
    assert "Refused with: This person was never Active. Press Back to screening instead." in lines
    assert "To confirm: The person becomes Active again without a new screening." in lines


def test_who_creates_and_for_whom_is_said() -> None:
    assert "From: nothing: it makes a new persona" in said(RULES, "make_rescreening")
    assert "Only for: Mentee" in said(RULES, "rescreen")


def test_all_about_a_status_is_said() -> None:
    boxes = {box.key: box for box in flow_of(RULES, "match_status").panels[0].boxes}
    assert boxes["NOT_MATCHING"].note == "NM · Mentee only"
    assert boxes["NOT_MATCHING"].said == (
        "Not Matching",
        "Stays in the program without a match.",
        "Kind: Final status",
        "Key: NOT_MATCHING",
        "Only for: Mentee",
    )


def test_a_new_record_begins_with_a_dot_unless_a_transition_of_its_own_makes_it() -> None:
    begins = {panel.key: [box.key for box in panel.boxes if box.begins] for panel in flow_of(RULES).panels}
    assert begins == {
        "user_status": [],
        "persona_status": ["ACTIVE"],
        "match_status": ["NOT_APPLICABLE"],
        "pair_status": [],
    }
    assert [key for key, step in steps_of(RULES).items() if step.creates] == MAKERS


CASES = """
transitions:
  approve:
    machine: user_status
    label: Decide
    from: NEW
    allow: [STAFF]
    cases:
      - {if: {some: {of: personas, where: {match_status: TAKEN}}}, to: READY}
      - {if: {user_status: NEW}, to: READY}
      - {to: NEW}
  back: {machine: user_status, label: Undo, from: READY, to: previous, allow: [STAFF]}
  take: {machine: match_status, label: Take, from: FREE, to: TAKEN, allow: [SYSTEM]}
  join: {machine: pair_status, label: Join, creates: pair, to: OPEN, allow: [STAFF], then: [{each: sides, fire: take}]}
  end: {machine: pair_status, label: End, from: OPEN, to: OVER, allow: [STAFF]}
"""


def test_outcomes_by_case_are_joined_to_each_status_with_their_case() -> None:
    step = steps_of(a_ruleset(CASES))["approve"]
    assert step.targets == ("NEW", "READY")
    assert step.notes == ("→ Ready: case 1", "→ Ready: user_status is NEW", "→ New: otherwise")


def test_the_way_back_is_told_and_joined() -> None:
    step = steps_of(a_ruleset(CASES))["back"]
    assert (step.targets, step.notes) == (("NEW",), ("→ back to where it was",))
    assert "To: back to where it was" in step.said


def test_what_leaves_the_status_as_it_is_returns_to_where_it_began() -> None:
    text = CASES + "  note: {machine: user_status, label: Note, from: [NEW, READY], to: same, allow: [STAFF]}\n"
    step = steps_of(a_ruleset(text))["note"]
    assert (step.sources, step.targets, step.notes) == (("NEW", "READY"), ("NEW", "READY"), ("→ the status stays",))
