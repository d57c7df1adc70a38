import pytest

from server.engine.conditions import OneOf
from server.rules.loader import load_text
from tests.rules.builders import completed, loaded, problems, told

HEAD = "extends: small\nprogram: other\ntitle: Other\n"
BASE = """\
transitions:
  approve: {machine: user_status, label: Approve, from: NEW, to: READY, allow: [STAFF]}
  take: {machine: match_status, label: Take, from: FREE, to: TAKEN, allow: [SYSTEM]}
  end:
    machine: pair_status
    label: End
    from: OPEN
    to: OVER
    allow: [STAFF]
    require:
      READY: {that: {mentor.user_status: READY}, otherwise: Not ready.}
events:
  form.sent: {allow: [STAFF]}
inputs:
  why: {label: Why, type: choice, choices: {GOOD: {label: Good}, BAD: {label: Bad}}}
"""


def laid(overlay: str, base: str = BASE):
    return loaded(base, {"other": HEAD + overlay}).rulesets["other"]


def refused(overlay: str, base: str = BASE) -> list[str]:
    """What is told of an overlay beside what is told of the base alone."""
    return [f"{p.line}:{p.column} {p.code}" for p in problems(base, {"other": HEAD + overlay}) if "programs" in p.file]


def test_the_base_comes_first_and_overlays_follow_by_key():
    rules = loaded(programs={key: HEAD.replace("other", key) for key in ("zebra", "apple")})
    assert list(rules.rulesets) == ["small", "apple", "zebra"]


def test_an_overlay_has_its_own_heading_and_all_the_rest_of_the_base():
    ruleset = laid("support_contact: a@example.org\n")
    assert (ruleset.program, ruleset.title, ruleset.support_contact) == ("other", "Other", "a@example.org")
    assert set(ruleset.transitions) == {"approve", "take", "end", "register_user"}


@pytest.mark.parametrize(
    "change",
    [
        "change: {transitions.end.label: Finish}\n",
        "change: {transitions: {end: {label: Finish}}}\n",
        "change:\n  transitions.end:\n    label: Finish\n",
        "change:\n  transitions:\n    end.label: Finish\n",
    ],
)
def test_dots_and_nested_maps_say_the_same(change):
    ruleset = laid(change)
    assert ruleset.transitions["end"].label == "Finish"
    assert ruleset.transitions["end"].sources == {"OPEN"}


def test_a_list_is_replaced_as_a_whole():
    assert laid("change: {transitions.end.allow: [SUPER_ADMIN]}\n").transitions["end"].allow == {"SUPER_ADMIN"}


def test_a_condition_is_replaced_as_a_whole():
    that = (
        laid("change: {transitions.end.require.READY.that: {mentee.user_status: NEW}}\n")
        .transitions["end"]
        .requires[0]
        .that
    )
    assert isinstance(that, OneOf)
    assert that.path.links == ("MENTEE", "user")


def test_a_changed_word_has_its_place_in_the_overlay_and_the_rest_in_the_base():
    ruleset = laid("add:\n  transitions.end.require.MORE: {that: {mentor.user_status: NEW}, otherwise: No.}\n")
    assert [str(requirement.place) for requirement in ruleset.transitions["end"].requires] == [
        "case.yaml:11:7",
        "programs/other.yaml:5:3",
    ]
    assert str(ruleset.transitions["end"].place) == "case.yaml:4:3"


def test_a_slot_the_base_leaves_out_can_be_begun():
    ruleset = laid("add: {transitions.approve.warn.SURE: {text: Sure}}\n")
    assert [caution.code for caution in ruleset.transitions["approve"].cautions] == ["SURE"]


def test_keys_with_dots_are_found():
    assert laid("change: {events.form.sent.allow: [SUPER_ADMIN]}\n").events == {"form.sent": frozenset({"SUPER_ADMIN"})}
    assert set(laid("add: {events.form.read: {allow: [STAFF]}}\n").events) == {"form.sent", "form.read"}


def test_what_is_removed_is_gone_and_can_be_added_anew():
    overlay = (
        "remove: {inputs.why.choices.BAD: {because: Not here.}}\nadd: {inputs.why.choices.WORSE: {label: Worse}}\n"
    )
    assert [choice.key for choice in laid(overlay).inputs["why"].choices] == ["GOOD", "WORSE"]


@pytest.mark.parametrize(
    ("overlay", "found"),
    [
        ("change: {transitions.ende.label: X}\n", "4:10 no-such-path"),
        ("change: {transitions.end.lable: X}\n", "4:10 no-such-path"),
        ("change: {transitions.end.label.more: X}\n", "4:10 no-such-path"),
        ("change: {transitions.end: X}\n", "4:10 not-a-value"),
        ("change: {program: x}\n", "4:10 not-changeable"),
        ("add: {transitions.end.label: X}\n", "4:7 already-there"),
        ("add: {transitions.end.require.READY.that: {mentor.user_status: NEW}}\n", "4:7 already-there"),
        ("add: {transitions.ende.require.MORE: {that: ready, otherwise: No.}}\n", "4:7 no-such-path"),
        ("remove: {transitions.ende: {because: X}}\n", "4:10 no-such-path"),
        ("remove: {transitions: {because: X}}\n", "4:10 not-removable"),
        ("remove: {transitions.end: {}}\n", "4:10 missing-key"),
        ("chnage: {}\n", "4:1 unknown-key"),
    ],
)
def test_paths_that_cannot_be_are_refused(overlay, found):
    assert refused(overlay) == [found]


def test_a_misspelt_path_is_put_right():
    found = problems(BASE, {"other": HEAD + "change: {transitions.ende.label: X}\n"})
    assert [p.message for p in found if p.code == "no-such-path"] == [
        "transitions.ende.label cannot be changed: transitions has no ende; did you mean end?"
    ]


def test_a_mistake_in_the_overlay_is_told_in_the_overlay():
    assert refused("change:\n  transitions.end.to: OVR\n") == ["5:23 unknown-status"]
    assert refused("add:\n  transitions.end.hlep: X\n") == ["5:3 unknown-key"]


def test_what_an_overlay_breaks_in_the_base_names_the_program():
    found = problems(BASE, {"other": HEAD + "remove: {machines.pair_status.statuses.OVER: {because: X}}\n"})
    assert [(p.file, p.line, p.code) for p in found if p.severity == "error"] == [("case.yaml", 8, "unknown-status")]
    assert "(in the program other)" in "".join(p.message for p in found)


@pytest.mark.parametrize(
    ("head", "found"),
    [
        ("extends: smal\nprogram: other\ntitle: X\n", ["1:10 unknown-base"]),
        ("extends: small\nprogram: small\ntitle: X\n", ["2:10 duplicate-program"]),
        ("extends: small\nprogram: another\ntitle: X\n", ["2:10 file-name"]),
        ("program: other\ntitle: X\n", ["1:1 missing-key"]),
    ],
)
def test_the_heading_is_checked(head, found):
    assert told(programs={"other": head}) == found


LOCKED = """\
transitions:
  approve: {machine: user_status, label: Approve, from: NEW, to: READY, allow: [STAFF]}
  take: {machine: match_status, label: Take, from: [FREE], to: TAKEN, allow: [SYSTEM]}
  end:
    machine: pair_status
    label: End
    from: OPEN
    to: OVER
    allow: [STAFF]
    locked: true
    automatic: {on_event: form.sent}
    require:
      READY: {that: {mentor: ready}, otherwise: Not ready.}
      ROOM: {that: {mentor.room: {at_least: 1}, mentee.state: FREE}, otherwise: No room.}
    warn:
      SURE: {when: {mentor.user_status: NEW}, text: Sure}
  hold:
    machine: user_status
    label: Hold
    from: starting
    allow: [STAFF]
    locked: true
    cases: [{if: {user_status: waiting}, to: READY}, {to: NEW}]
groups:
  starting: {machine: user_status, statuses: [READY]}
  waiting: {machine: user_status, statuses: [NEW]}
facts:
  ready: {not: fresh}
  fresh: {user_status: NEW}
events:
  form.sent: {allow: [STAFF]}
numbers:
  room: {of: persona, label: Room, is: {minus: [2, taken]}}
  taken: {of: persona, label: Taken, is: {count: matches}}
  other: {of: persona, label: Other, is: 3}
derived:
  state: {of: persona, label: State, cases: {FREE: {label: Free, when: {match_status: FREE}}, TAKEN: {label: Taken}}}
"""


@pytest.mark.parametrize(
    ("overlay", "found"),
    [
        ("change: {transitions.end.allow: [STAFF, SUPER_ADMIN]}\n", ["4:10 locked"]),
        ("change: {transitions.end.from: [OPEN, OVER]}\n", ["4:10 locked"]),
        ("change: {transitions.end.to: OPEN}\n", ["4:10 locked"]),
        ("change: {transitions.end.locked: false}\n", ["4:10 locked"]),
        ("change: {transitions.end.require.READY.that: {mentor.user_status: NEW}}\n", ["4:10 locked"]),
        ("remove: {transitions.end.require.READY: {because: X}}\n", ["4:10 locked"]),
        ("remove: {transitions.end.warn.SURE: {because: X}}\n", ["4:10 locked"]),
        ("change: {facts.fresh: {user_status: READY}}\n", ["4:24 locked"]),
        ("change: {numbers.taken.is: 0}\n", ["4:10 locked"]),
        ("change: {derived.state.cases.FREE.when: {match_status: TAKEN}}\n", ["4:42 locked"]),
        ("change: {numbers.taken.label: Busy, numbers.other.is: 4, derived.state.cases.FREE.label: Open}\n", []),
        ("change: {events.form.sent.allow: [STAFF, SUPER_ADMIN]}\n", ["4:10 locked"]),
        ("change: {transitions.hold.cases: [{to: NEW}]}\n", ["4:10 locked"]),
        ("change: {groups.starting.statuses: [READY, NEW]}\n", ["4:10 locked"]),
        ("change: {groups.waiting.statuses: [READY]}\n", ["4:10 locked"]),
    ],
)
def test_a_locked_transition_cannot_be_widened(overlay, found):
    assert [told for told in refused(overlay, LOCKED) if told.endswith("locked")] == found


def test_a_locked_transition_can_be_narrowed_and_renamed():
    overlay = (
        "change:\n  transitions.end.label: Finish\n  transitions.end.require.READY.otherwise: Wait.\n"
        "add:\n  transitions.end.require.MORE: {that: {mentee: ready}, otherwise: No.}\n"
    )
    ruleset = laid(overlay, LOCKED)
    assert [requirement.code for requirement in ruleset.transitions["end"].requires] == ["READY", "ROOM", "MORE"]


def test_the_revision_is_that_of_the_effective_text():
    first = load_text(completed(), programs={"other": HEAD})
    again = load_text(completed(), programs={"other": HEAD})
    edited = load_text(completed() + "\n", programs={"other": HEAD})
    renamed = load_text(completed(), programs={"other": HEAD.replace("title: Other", "title: Others")})
    revisions = [
        {key: ruleset.revision for key, ruleset in r.rulesets.items()} for r in (first, again, edited, renamed)
    ]
    assert revisions[0] == revisions[1]
    assert revisions[0]["small"] != revisions[2]["small"]
    assert revisions[0]["other"] != revisions[2]["other"]
    assert revisions[0]["small"] == revisions[3]["small"]
    assert revisions[0]["other"] != revisions[3]["other"]
    assert len(revisions[0]["small"]) == 12


MOVED = BASE + "moved: {match_status: {GONE: FREE, LOST: FREE}}\n"


def test_where_people_go_is_said_by_the_overlay_first_and_else_by_the_base():
    assert laid("", MOVED).moved == {"match_status": {"GONE": "FREE", "LOST": "FREE"}}
    overlay = "moved: {match_status: {LOST: TAKEN}, user_status: {OLD: NEW}, badge: dropped}\n"
    ruleset = laid(overlay, MOVED)
    assert ruleset.moved == {
        "match_status": {"GONE": "FREE", "LOST": "TAKEN"},
        "user_status": {"OLD": "NEW"},
        "badge": {},
    }
    assert str(ruleset.places["moved.match_status.LOST"]) == "programs/other.yaml:4:24"
    assert str(ruleset.places["moved.match_status.GONE"]) == "case.yaml:16:24"


def test_what_the_base_has_dropped_and_an_overlay_has_kept_does_not_move():
    kept = "add: {machines.match_status.statuses.GONE: {label: Gone, category: STEP}}\n"
    found = [f for f in problems(MOVED, {"other": HEAD + kept}) if f.code == "contradiction"]
    assert [(f.file, f.line, f.message) for f in found] == [
        ("case.yaml", 16, "GONE is a status of match_status still (in the program other)")
    ]
    kept += "remove: {moved.match_status.GONE: {because: It is kept here.}}\n"
    assert laid(kept, MOVED).moved == {"match_status": {"LOST": "FREE"}}


def test_a_ruleset_knows_where_its_overlay_takes_things_away():
    ruleset = laid("remove: {inputs.why.choices.BAD: {because: Not here.}}\n")
    assert {path: str(place) for path, place in ruleset.removed.items()} == {
        "inputs.why.choices.BAD": "programs/other.yaml:4:10"
    }


def test_an_overlay_that_was_made_for_another_base_is_told_of_it_and_used():
    revision = loaded(BASE).rulesets["small"].revision
    assert [p.code for p in problems(BASE, {"other": HEAD + f"base_revision: {revision}\n"})] == told_codes()
    found = [p for p in problems(BASE, {"other": HEAD + "base_revision: 0123456789ab\n"}) if p.code == "stale-base"]
    assert [(str(p.severity), p.file, p.line, p.column, p.message) for p in found] == [
        (
            "warning", "programs/other.yaml", 4, 16,
            f"the base is {revision} now, and was 0123456789ab when this overlay was last looked over",
        )
    ]  # fmt: skip
    assert refused("base_revision: latest\n") == ["4:16 bad-name", "4:16 stale-base"]


def told_codes() -> list[str]:
    return [p.code for p in problems(BASE)]
