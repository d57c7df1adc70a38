"""Values that are worked out, in transitions that make each other possible."""

import pytest

from tests.rules.builders import told

VALUES = """fields:
  places: {of: user, label: Places, type: integer, allow: [STAFF]}
  other: {of: user, label: Other, type: integer, allow: [STAFF]}
numbers:
  left: {of: user, label: Left, is: {minus: [places, {count: matches, where: {pair_status: OPEN}}]}}
  twice: {of: user, label: Twice, is: {times: [left, 2]}}
derived:
  standing: {of: user, label: Standing, cases: {FULL: {label: Full, when: {twice: {at_most: 0}}}, FREE: {label: Free}}}
transitions:
  join: {machine: pair_status, label: Join, creates: pair, to: OPEN, allow: [STAFF]}
  end: {machine: pair_status, label: End, from: OPEN, to: OVER, allow: [STAFF]}
  take: {machine: match_status, label: Take, from: FREE, to: TAKEN, allow: [SYSTEM]}
"""
WAYS = """\
  approve: {machine: user_status, label: A, from: NEW, to: READY, allow: [SYSTEM], automatic: {when: %s}%s}
  back: {machine: user_status, label: B, from: READY, to: NEW, allow: [SYSTEM], automatic: {when: {not: %s}}}
"""
ASKED = ["{left: {at_least: 1}}", "{twice: {at_least: 1}}", "{standing: FREE}"]


@pytest.mark.parametrize("asked", ASKED)
def test_what_nothing_in_a_circle_changes_tells_its_ways_apart_although_it_is_worked_out(asked: str) -> None:
    assert told(VALUES + WAYS % (asked, "", asked)) == []
    assert told(VALUES + WAYS % (asked, ", then: [{set: {other: 1}}]", asked)) == []


@pytest.mark.parametrize("asked", ASKED)
def test_what_is_worked_out_from_something_that_a_circle_changes_does_not(asked: str) -> None:
    (found,) = told(VALUES + WAYS % (asked, ", then: [{set: {places: {minus: 1}}}]", asked))
    assert found.endswith(" when-cycle")
