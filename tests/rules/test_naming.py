"""Effects for the person whom a field names: a record that is linked to them, and a message to them."""

from dataclasses import replace

import pytest

from server.engine.facts import Facts, Kind
from server.engine.plan import Request
from tests.engine.builders import NOW, a_match, a_persona, a_user, ask, pair, planned, user
from tests.rules.builders import a_ruleset, problems

RULES = """kinds:
  consent: {label: Consent, of: {match: pair, whom: user}}
machines:
  user_status: {label: U, start: NEW, statuses: {NEW: {label: New, category: STEP}}}
  persona_status: {label: P, start: NEW, statuses: {NEW: {label: New, category: STEP}}}
  match_status: {label: M, start: FREE, statuses: {FREE: {label: Free, category: STEP}}}
  pair_status:
    label: O
    start: OPEN
    statuses: {OPEN: {label: Open, category: STEP, counts: open}, OVER: {label: Over, category: STEP}}
  consent_status: {label: C, owner: consent, start: ASKED, statuses: {ASKED: {label: Asked, category: STEP}}}
fields:
  buddy: {of: user, label: Buddy, type: user, allow: [STAFF]}
  team: {of: user, label: Team, type: text, allow: [STAFF]}
messages:
  told: {channel: email, title: Told, body: "{mentor.first_name}"}
transitions:
  join: {machine: pair_status, label: Join, creates: pair, to: OPEN, allow: [STAFF]}
  seek: {machine: consent_status, label: Ask, creates: consent, to: ASKED, allow: [SYSTEM]}
  end:
    machine: pair_status
    label: End
    from: OPEN
    to: OVER
    allow: [STAFF]
    then: [{fire: seek, with: {whom: mentee.user.%s}}, {notify: told, to: mentee.user.%s}]
"""


def people(buddy: str | None) -> Facts:
    mentee = replace(a_user(2), values={"buddy": buddy})
    sides = [a_persona(11, of=1, role="MENTOR"), a_persona(12, of=2, role="MENTEE")]
    return Facts([a_user(1), mentee, a_user(3), *sides, a_match()], NOW)


def end() -> Request:
    return ask("end", pair(21), by="STAFF")


def test_a_field_leads_to_the_person_it_names() -> None:
    plan = planned(end(), people("User-3"), a_ruleset(RULES % ("buddy", "buddy")))
    (made,) = plan.creations
    assert (made.kind, made.links) == (Kind.RECORD, {"match": pair(21), "whom": user(3)})
    assert [notice.recipients for notice in plan.notices] == [(user(3),)]


def test_where_it_names_nobody_nothing_is_made_and_nobody_told() -> None:
    plan = planned(end(), people(None), a_ruleset(RULES % ("buddy", "buddy")))
    assert (plan.creations, plan.notices) == ((), ())


@pytest.mark.parametrize(
    ("whom", "to", "codes"), [("team", "buddy", ["wrong-kind"]), ("buddy", "team", ["not-a-recipient"])]
)
def test_a_field_of_another_type_leads_to_nobody(whom: str, to: str, codes: list[str]) -> None:
    assert [found.code for found in problems(RULES % (whom, to)) if found.code != "lost-mutation"] == codes


def test_a_field_that_names_several_leads_to_nobody_in_particular() -> None:
    text = (RULES % ("buddy", "buddy")).replace("type: user", "type: user, several: true")
    assert [found.code for found in problems(text) if found.code != "lost-mutation"] == [
        "wrong-kind",
        "not-a-recipient",
    ]
