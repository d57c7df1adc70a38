"""Messages of the rules file, compiled."""

from server.engine.effects import Notify
from server.engine.messages import Channel, Slot, Word
from server.engine.paths import Path
from tests.rules.builders import a_ruleset, told

TRANSITIONS = """
transitions:
  approve: {machine: user_status, label: Approve, from: NEW, to: READY, allow: [STAFF]}
  take: {machine: match_status, label: Take, from: FREE, to: TAKEN, allow: [SYSTEM]}
  join: {machine: pair_status, label: Join, creates: pair, to: OPEN, allow: [STAFF], then: [{each: sides, fire: take}]}
  end:
    machine: pair_status
    label: End
    from: OPEN
    to: OVER
    allow: [STAFF]
    then:
      - %s
"""


def with_message(body: str, notify: str = "{notify: over, to: sides}", more: str = "channel: webhook") -> str:
    return f'messages: {{over: {{{more}, body: "{body}"}}}}\n' + TRANSITIONS % notify


def the_effect(text: str) -> Notify:
    (effect,) = a_ruleset(text).transitions["end"].effects
    assert isinstance(effect, Notify)
    return effect


def test_a_text_is_taken_apart_at_its_slots_and_doubled_braces_are_braces():
    message = a_ruleset(with_message("{{{mentor.user.name}}} and {now}")).messages["over"]
    assert message.body == ("{", Slot("mentor.user.name"), "} and ", Slot("now"))
    assert (message.channel, message.title, message.label) == (Channel.WEBHOOK, (), "Over")


def test_each_slot_of_a_record_has_a_path_for_the_kind_of_record_it_is_about():
    text = with_message("{mentor.name} {mentor.user_status} {id} {now} {program.title} {recipient.name}")
    assert the_effect(text).words == {
        "mentor.name": Word("name", Path("mentor.name", "self", ("MENTOR", "user"))),
        "mentor.user_status": Word(
            "user_status", Path("mentor.user_status", "self", ("MENTOR", "user"), "user_status")
        ),
        "id": Word("id", Path("id")),
    }


def test_the_same_text_fits_several_kinds_of_record_each_by_its_own_path():
    about = with_message("{first_name}", "{notify: over, each: sides, to: user}")
    assert the_effect(about).words == {"first_name": Word("first_name", Path("first_name", "self", ("user",)))}


def test_recipients_are_paths_from_the_record_it_is_about_and_actors():
    text = with_message("Over.", "{notify: over, each: sides, to: [user, STAFF]}")
    assert the_effect(text).to == (Path("user", "self", ("user",)), "STAFF")


def test_a_recipient_may_begin_at_the_record_of_the_transition():
    text = with_message("Over.", "{notify: over, each: sides, to: this.mentor.user}")
    assert the_effect(text).to == (Path("this.mentor.user", "this", ("MENTOR", "user")),)


def test_an_email_to_a_role_goes_to_the_address_of_the_message():
    text = with_message("Over.", "{notify: over, to: STAFF}", "channel: email, title: Over, address: staff@example.org")
    assert a_ruleset(text).messages["over"].address == "staff@example.org"


def test_a_message_that_nothing_sends_is_told():
    assert told("messages: {over: {channel: webhook, body: Over.}}\n") == ["1:12 unused"]


def test_a_message_can_be_added_by_one_program():
    overlay = """
extends: small
program: other
title: Other
add:
  messages.over: {channel: webhook, body: "{pair_status}"}
change:
  transitions.join.then: [{each: sides, fire: take}, {notify: over, to: sides}]
"""
    assert told("", {"other": overlay}) == []
