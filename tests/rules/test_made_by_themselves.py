"""Records that are made by what happens as soon as something holds: which of these could go round without end."""

from tests.rules.builders import problems

NOTES = """
kinds: {note: {label: Note, of: {whose: user}}}
machines:
  user_status:
    label: User Status
    start: NEW
    statuses: {NEW: {label: New, category: STEP}, READY: {label: Ready, category: STEP}}
  persona_status: {label: Persona Status, start: NEW, statuses: {NEW: {label: New, category: STEP}}}
  match_status:
    label: Match Status
    start: FREE
    statuses: {FREE: {label: Free, category: STEP}, TAKEN: {label: Taken, category: STEP}}
  pair_status:
    label: Pair Status
    start: OPEN
    statuses: {OPEN: {label: Open, category: STEP, counts: open}, OVER: {label: Over, category: STEP}}
  note_status:
    label: Note
    owner: note
    start: FRESH
    statuses: {FRESH: {label: Fresh, category: STEP}, READ: {label: Read, category: STEP}}
transitions:
  take: {machine: match_status, label: Take, from: FREE, to: TAKEN, allow: [SYSTEM]}
  join: {machine: pair_status, label: Join, creates: pair, to: OPEN, allow: [STAFF], then: [{each: sides, fire: take}]}
  end: {machine: pair_status, label: End, from: OPEN, to: OVER, allow: [STAFF]}
  make_note: {machine: note_status, label: Make a note, creates: note, to: FRESH, allow: [SYSTEM]}
  approve:
    machine: user_status
    label: Approve
    from: NEW
    to: READY
    allow: [SYSTEM]
    automatic: {when: {count: {of: note, at_least: 1}}}
    then: [{fire: make_note}]
  file_note: {machine: note_status, label: Read, from: FRESH, to: READ, allow: [STAFF]}
"""


def test_a_record_may_be_made_by_what_no_such_record_starts_from() -> None:
    assert {found.code for found in problems(NOTES)} <= {"lost-mutation"}


def test_a_record_that_makes_the_next_one_by_itself_is_a_circle() -> None:
    endless = "  file_note: {automatic: {when: {note_status: FRESH}}, then: [{subject: whose, fire: make_note}],"
    told = [found.code for found in problems(NOTES.replace("  file_note: {", endless))]
    assert "when-cycle" in told
