"""The nearest way that the guide's page on limits names: what goes by a date of the present partner."""

from server.engine.automatic import When
from server.rules.loader import load_text
from tests.rules.builders import HERE, SHIPPED

PAGE = (HERE.parents[1] / "docs" / "rules" / "limits.md").read_text(encoding="utf-8")
OVERLAY = """
extends: default
program: pausing
title: With pauses
add:
  machines.break:
    label: Break
    owner: persona
    start: NONE
    statuses: {NONE: {label: None, category: STEP}, AWAY: {label: Away, category: STEP}}
  fields.returns_on: {of: user, label: Returns on, type: date, allow: [PARTICIPANT]}
  transitions.go: {machine: break, label: Go, from: NONE, to: AWAY, allow: [PARTICIPANT]}
  transitions.return:
    machine: break
    label: Return
    from: AWAY
    to: NONE
    allow: [PARTICIPANT]
    automatic: {when: {partner.user.returns_on: {not_after: today}}}
"""


def test_a_pause_can_end_on_the_day_on_which_the_partner_returns() -> None:
    loaded = load_text(SHIPPED.read_text(encoding="utf-8"), "transitions.yaml", {"pausing": OVERLAY})
    assert loaded.diagnostics == ()
    assert isinstance(loaded.rulesets["pausing"].transitions["return"].automatic, When)
    assert "`automatic: {when: {partner.user.returns_on: {not_after: today}}}`" in PAGE
