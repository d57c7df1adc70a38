"""Ways into a program: what a rules file can say of them, and what it cannot."""

import re
from pathlib import Path

import pytest

from server.engine.intake import Intake
from server.rules.loader import load_text
from tests.rules.builders import told

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "rules" / "registration.md").read_text(encoding="utf-8")
(OVERLAY,) = re.findall(r"^```yaml\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)
SHIPPED = (ROOT / "rules" / "transitions.yaml").read_text(encoding="utf-8")


def test_the_example_of_the_guide_is_what_the_guide_says() -> None:
    loaded = load_text(SHIPPED, "transitions.yaml", {"open": OVERLAY})
    rules = loaded.rulesets["open"]
    assert loaded.diagnostics == ()
    assert rules.transitions["apply"].intake == Intake({"phone": True, "languages": False}, True, "apply_again")
    assert rules.transitions["enrol"].intake == Intake({}, needs_email=False)
    assert rules.transitions["enrol"].roles == {"MENTEE"}
    assert rules.transitions["register_user"].intake == Intake()


@pytest.mark.parametrize(
    ("slots", "found"),
    [
        ("machine: match_status, to: FREE", ["9:48 contradiction"]),
        ("machine: user_status, to: NEW, from: READY", ["9:85 contradiction"]),
        ("machine: user_status, to: NEW, automatic: {on_event: told}", ["9:39 contradiction"]),
        ("machine: user_status, to: NEW, fields: [phon]", ["9:94 unknown-field"]),
        ("machine: user_status, to: NEW, fields: [of_pair]", ["9:94 wrong-kind"]),
        ("machine: user_status, to: NEW, fields: [size]", ["9:94 contradiction"]),
        ("machine: user_status, to: NEW, known: nobody", ["9:92 unknown-transition"]),
        ("machine: user_status, to: NEW, known: approve", ["9:92 wrong-kind", "9:92 not-allowed"]),
        ("machine: user_status, to: NEW, known: again", ["9:92 unanswered"]),
        ("machine: user_status, to: NEW, email: never", ["9:92 unknown-value"]),
        (
            "machine: user_status, to: NEW, then: [{fire: come}]",
            ["9:99 effect-cycle", "9:99 cannot-fire", "9:99 not-allowed"],
        ),
    ],
)
def test_a_way_in_is_checked(slots: str, found: list[str]) -> None:
    assert told(FILE.format(allow="[STAFF]", slots=slots)) == found


FILE = """\
fields:
  phone: {{label: Phone, of: user, type: text, unique: true, allow: [STAFF]}}
  of_pair: {{label: Notes, of: pair, type: text, allow: [STAFF]}}
inputs: {{why: {{label: Why, type: text}}}}
numbers: {{size: {{of: user, label: Size, is: {{count: personas}}}}}}
events: {{told: {{allow: [STAFF]}}}}
transitions:
  again: {{machine: persona_status, label: Again, creates: persona, to: NEW, allow: [STAFF, SYSTEM], ask: [why!]}}
  come: {{label: Come, allow: {allow}, creates: user, {slots}}}
  approve: {{machine: user_status, label: Approve, from: NEW, to: READY, allow: [STAFF], automatic: {{on_event: told}}}}
  take: {{machine: match_status, label: Take, from: FREE, to: TAKEN, allow: [SYSTEM]}}
  end: {{machine: pair_status, label: End, from: OPEN, to: OVER, allow: [STAFF]}}
"""


@pytest.mark.parametrize("slot", ["fields: [phone]", "email: optional", "known: again"])
def test_only_what_creates_a_user_says_how_people_come_in(slot: str) -> None:
    text = (
        f"transitions:\n  a: {{machine: persona_status, label: A, creates: persona, to: NEW, allow: [STAFF], {slot}}}\n"
    )
    assert "2:85 contradiction" in told(text)


def test_an_act_and_its_written_out_form_do_not_stand_side_by_side() -> None:
    own = "acts:\n  register_user: {allow: [STAFF]}\ntransitions:\n  register_user: {machine: user_status, label: In, "
    assert "2:3 contradiction" in told(own + "creates: user, to: NEW, allow: [STAFF]}\n")


STRANGERS = """\
actors:
  SUPER_ADMIN: {label: Owner, scope: all}
  STAFF: {label: Staff, scope: program}
  SYSTEM: {label: Platform, scope: all}
  ANYONE: {label: Anybody, scope: none}
"""


def test_strangers_may_come_in_and_do_nothing_else() -> None:
    named = STRANGERS + FILE.format(allow="[ANYONE]", slots="machine: user_status, to: NEW")
    assert "stranger" not in " ".join(told(named))
    wrong = named.replace("allow: [STAFF]", "allow: [ANYONE]").replace("[STAFF, SYSTEM]", "[ANYONE, SYSTEM]")
    added = f"{wrong}acts: {{add_site: {{allow: [ANYONE]}}, register_user: {{allow: [ANYONE]}}}}\n"
    assert [line for line in told(added) if "stranger" in line] == [
        "7:3 stranger",
        "8:3 stranger",
        "11:10 stranger",
        "13:3 stranger",
        "15:3 stranger",
        "17:3 stranger",
        "18:8 stranger",
    ]


def test_strangers_cannot_try_what_others_hold() -> None:
    slots = "machine: user_status, to: NEW, fields: [phone]"
    assert "14:3 stranger" in told(STRANGERS + FILE.format(allow="[ANYONE]", slots=slots))
    assert "stranger" not in " ".join(told(STRANGERS + FILE.format(allow="[STAFF]", slots=slots)))


def test_a_message_cannot_go_to_strangers() -> None:
    messages = "messages: {hello: {channel: webhook, body: Hello}}\n"
    slots = "machine: user_status, to: NEW, then: [{notify: hello, to: ANYONE}]"
    assert "not-a-recipient" in " ".join(told(STRANGERS + messages + FILE.format(allow="[STAFF]", slots=slots)))


def test_a_locked_way_in_stays_as_it_is() -> None:
    base = FILE.format(allow="[STAFF]", slots="machine: user_status, to: NEW, locked: true")
    overlay = "extends: small\nprogram: other\ntitle: Other\nadd:\n  transitions.come.email: optional\n"
    assert told(base, {"other": overlay}) == ["5:3 locked"]
