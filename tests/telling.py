"""The shipped rules with messages: a welcome, and what is said when a match is closed."""

from collections.abc import Mapping
from pathlib import Path

from server.engine.ruleset import Ruleset
from server.rules.loader import load_text

SHIPPED = Path(__file__).parents[1] / "rules" / "transitions.yaml"
_REGISTER = "  register_user: {allow: [PROGRAM_ADMIN, SITE_STAFF, PARTNER_ADMIN]}"
_CLOSE = "    then:\n      - {each: sides, fire: become_closed}\n"
_MESSAGES = """
messages:
  welcome:
    channel: email
    title: Welcome to {program.title}, {recipient.first_name}
    body: |
      Dear {recipient.name},
      you are now {user_status}.
  closed:
    label: Match closed
    channel: email
    title: "Your match: {pair_status}"
    body: "{mentor.user.name} and {mentee.first_name} ({mentor.partner_site}) on {today}: {input.close_reason}."
  closed_to_staff:
    channel: webhook
    body: "{id} {recipient.name}: {mentor.match_status}, again: {input.mentor_rematch}{input.close_comment}"
"""


def rules_text() -> str:
    text = SHIPPED.read_text(encoding="utf-8")
    assert _REGISTER in text
    assert text.count(_CLOSE) == 1
    welcoming = "\n    then:\n      - {notify: welcome, to: user}"
    allow = "  register_user:\n    allow: [PROGRAM_ADMIN, SITE_STAFF, PARTNER_ADMIN]"
    telling = (
        "      - {notify: closed, to: sides}\n      - {notify: closed, to: [mentor.user, mentee]}\n"
        "      - {notify: closed_to_staff, to: [SITE_STAFF, PROGRAM_ADMIN]}\n"
    )
    return text.replace(_REGISTER, allow + welcoming).replace(_CLOSE, _CLOSE + telling) + _MESSAGES


def telling_rules() -> Mapping[str, Ruleset]:
    return load_text(rules_text()).rulesets
