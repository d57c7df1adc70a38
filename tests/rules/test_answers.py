"""Questions as a small file asks them: handed on, set into fields, tried before anything is answered."""

from server.engine.decide import decide, offers
from server.engine.facts import Facts, Kind, Record, Ref
from server.engine.plan import Plan, Refusal, Request
from tests.engine.builders import NOW
from tests.rules.builders import a_ruleset

SMALL = a_ruleset("""\
inputs:
  why: {label: Why, type: choice, choices: {GOOD: {label: Good}, BAD: {label: Bad}}}
  days:
    label: Days
    type: choice
    several: true
    default: [TUE, MON]
    choices: {MON: {label: Monday}, TUE: {label: Tuesday}, WED: {label: Wednesday}}
  riddle: {label: Riddle, type: text}
fields:
  free:
    of: user
    label: Free
    type: choice
    several: true
    choices: {MON: {label: Monday}, TUE: {label: Tuesday}, WED: {label: Wednesday}}
transitions:
  approve:
    machine: user_status
    label: Approve
    from: NEW
    to: READY
    allow: [STAFF]
    ask: [why!, days, {riddle: {if: {actor: self}, required: true}}]
    then:
      - {set: {free: input.days}}
      - {each: personas, fire: take}
  take:
    machine: match_status
    label: Take
    from: FREE
    to: TAKEN
    allow: [SYSTEM]
    ask: [why, {days: {if: {input.why: BAD}}}]
    then: [{if: {input.days: WED}, fire: free}]
  free: {machine: match_status, label: Free, from: TAKEN, to: FREE, allow: [SYSTEM]}
  join: {machine: pair_status, label: Join, creates: pair, to: OPEN, allow: [STAFF]}
  end: {machine: pair_status, label: End, from: OPEN, to: OVER, allow: [STAFF]}
""")
USER = Ref(Kind.USER, 1)
STAFF = frozenset({"STAFF"})
FACTS = Facts(
    [
        Record(USER, 1, {"user_status": "NEW"}, lists={"free": frozenset()}),
        Record(
            Ref(Kind.PERSONA, 2),
            1,
            {"persona_status": "NEW", "match_status": "FREE"},
            {"role": "MENTOR"},
            {"user": USER},
        ),
    ],
    NOW,
)


def approve(actor: Ref | None = None, **answers: str) -> Plan | Refusal:
    return decide(SMALL, Request("approve", USER, STAFF, answers=answers, actor=actor), FACTS)


def moves(plan: Plan | Refusal) -> list[str]:
    assert isinstance(plan, Plan)
    return [change.transition for change in plan.changes]


def test_a_field_that_holds_several_values_is_set_from_several_answers() -> None:
    plan = approve(why="GOOD", days="WED,MON")
    assert isinstance(plan, Plan)
    assert [(setting.field, setting.values) for setting in plan.settings] == [("free", ("MON", "WED"))]


def test_several_answers_can_be_the_default_in_the_order_of_the_choices() -> None:
    plan = approve(why="GOOD")
    assert isinstance(plan, Plan)
    assert plan.answers == {"why": "GOOD", "days": "MON, TUE"}
    assert plan.settings[0].values == ("MON", "TUE")


def test_what_is_handed_on_and_not_asked_there_falls_away() -> None:
    assert moves(approve(why="GOOD", days="WED")) == ["approve", "take"]
    assert moves(approve(why="BAD", days="MON, WED")) == ["approve", "take", "free"]


def test_a_question_for_one_person_is_asked_of_them_and_may_stay_open_for_who_has_no_record() -> None:
    refusal = approve(actor=USER, why="GOOD")
    assert isinstance(refusal, Refusal)
    assert [problem.text for problem in refusal.problems] == ["Please answer: Riddle"]
    assert moves(approve(why="GOOD")) == ["approve", "take"]
    assert moves(approve(why="GOOD", riddle="x")) == ["approve", "take"]


def test_a_button_says_what_it_asks_of_whoever_looks_at_it() -> None:
    def asked(actor: Ref | None) -> list[tuple[str, bool]]:
        button = next(each for each in offers(SMALL, USER, STAFF, FACTS, actor) if each.transition.id == "approve")
        return [(question.input.key, question.required) for question in button.asks]

    assert asked(USER) == [("why", True), ("days", False), ("riddle", True)]
    assert asked(None) == [("why", True), ("days", False), ("riddle", False)]
