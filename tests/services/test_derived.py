"""What is worked out, and the past, on the whole way: from the database into messages, fields and decisions."""

from datetime import timedelta
from typing import Any

import pytest

from server.domain.errors import TransitionRefusedError
from server.domain.filters import MessageFilter, Window
from server.rules.loader import load_text
from server.store.database import Store
from server.store.messages import messages_page
from tests.rules.test_guide_values import OVERLAY
from tests.services.club import BASE, Club

MORE = """  fields.before: {of: persona, label: Before, type: integer}
  messages.farewell:
    {label: Farewell, channel: webhook, body: "{user.first_name}: {standing}, {free_places} of {capacity}"}
  transitions.set_aside:
    machine: persona_status
    label: Set aside
    from: ACTIVE
    to: INACTIVE
    allow: [SITE_STAFF]
    then:
      - {set: {before: self.free_places}}
      - {notify: farewell, to: user}
  transitions.fetch_back:
    machine: persona_status
    label: Fetch back
    from: INACTIVE
    to: ACTIVE
    allow: [SITE_STAFF]
    require:
      RESTED: {that: {not: {did: {set_aside: {within: P7D}}}}, otherwise: Let a week pass.}
      ONCE: {that: {not: {did: {fetch_back: {at_least: capacity}}}}, otherwise: That was often enough.}
"""
RULES = load_text(BASE, "transitions.yaml", {"league": OVERLAY + MORE}).rulesets


@pytest.fixture
def league(store: Store) -> Club:
    return Club(store, RULES, "league")


def bodies(league: Club) -> list[str | None]:
    def read(session: Any) -> list[str | None]:
        found = messages_page(session.connection, league.program, MessageFilter(), Window(limit=100)).rows
        return [message.body for message in found if message.template == "farewell"]

    return league.store.query_now(read)


def test_a_message_and_a_field_take_what_is_worked_out(league: Club) -> None:
    _, persona = league.join("ann", "MENTOR")
    league.set(persona, capacity=("2",))
    league.perform("set_aside", persona)
    assert league.values(persona) == {"capacity": "2", "before": "2"}
    assert bodies(league) == ["ann: Blocked, 2 of 2"]


def test_what_was_done_is_remembered_from_the_database_as_long_and_as_often_as_is_asked(league: Club) -> None:
    _, persona = league.join("ann", "MENTOR")
    league.set(persona, capacity=("1",))
    league.perform("set_aside", persona)
    with pytest.raises(TransitionRefusedError) as soon:
        league.perform("fetch_back", persona)
    assert [(b.code, b.text) for b in soon.value.refused.refusal.blockers] == [
        ("RESTED", "Let a week pass. Possible from 2026-03-08 13:03 on (Europe/Vienna).")
    ]
    league.now += timedelta(days=7)
    league.perform("fetch_back", persona)
    league.perform("set_aside", persona)
    league.now += timedelta(days=7)
    with pytest.raises(TransitionRefusedError) as often:
        league.perform("fetch_back", persona)
    assert [b.code for b in often.value.refused.refusal.blockers] == ["ONCE"]
    assert league.known(persona).records[persona].statuses["persona_status"] == "INACTIVE"
