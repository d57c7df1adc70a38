"""What an act says to whom: chosen like everything that follows, and in nobody's way."""

from typing import Any

from server.engine.decide import offers
from server.engine.effects import About, Effect, Notify
from server.engine.facts import Facts
from server.engine.messages import Notice, Told, Word
from server.engine.plan import Plan
from tests.engine.builders import (
    GOODBYE,
    a_matched_world,
    a_persona,
    a_user,
    a_world,
    ask,
    pair,
    persona,
    planned,
    refused,
    two_people,
    user,
)
from tests.engine.flow import changed
from tests.engine.words import answered, at, fire, is_, path

STATUS = Word("pair_status", path("pair_status"))
REASON = Word("close_reason", None)
NAME = Word("name", path("mentor.user"))


def notify(*to: str, words: dict[str, Word] | None = None, **more: Any) -> Notify:
    recipients = tuple(each if each.isupper() else path(each) for each in to)
    aims = {key: path(more.pop(key)) for key in ("subject", "each") if key in more}
    return Notify("news", at(1), recipients, words or {}, About(**aims, **more))


def closing(*effects: Effect, facts: Facts | None = None, answers: dict[str, str] | None = None) -> Plan:
    rules = changed("close_match", effects=effects)
    return planned(ask("close_match", pair(21), answers=answers or GOODBYE), facts or a_matched_world(), rules)


def recipients(plan: Plan) -> list[tuple[Any, ...]]:
    return [notice.recipients for notice in plan.notices]


def test_a_notice_names_its_subject_the_people_and_what_fills_its_slots() -> None:
    words = {"pair_status": STATUS, "input.close_reason": REASON, "mentor.user.name": NAME}
    plan = closing(notify("mentor.user", "mentee", words=words))
    assert plan.notices == (
        Notice(
            "news",
            pair(21),
            (user(1), user(2)),
            {
                "pair_status": Told(STATUS, pair(21), "CLOSED"),
                "input.close_reason": Told(REASON, None, "LENGTH"),
                "mentor.user.name": Told(NAME, user(1), None),
            },
            0,
        ),
    )


def test_a_slot_shows_the_situation_as_it_is_when_the_effect_has_its_turn() -> None:
    word = Word("match_status", path("mentor.match_status"))
    effects = (
        notify("mentor", words={"it": word}),
        fire("become_closed", each="sides"),
        notify("mentor", words={"it": word}),
    )
    assert [notice.told["it"].value for notice in closing(*effects).notices] == ["MATCHED", "CLOSED"]


def test_each_record_of_a_list_is_told_about_itself() -> None:
    plan = closing(notify("user", each="sides", where=is_("role", "MENTEE")), notify("user", each="sides"))
    assert [(notice.subject, notice.recipients) for notice in plan.notices] == [
        (persona(12), (user(2),)),
        (persona(11), (user(1),)),
        (persona(12), (user(2),)),
    ]


def test_the_sides_of_a_pair_are_its_two_people_each_once() -> None:
    assert recipients(closing(notify("sides", "mentor.user", "SITE_STAFF"))) == [(user(1), user(2), "SITE_STAFF")]


def test_nobody_is_told_where_the_condition_does_not_hold() -> None:
    asked = notify("sides", condition=answered("mentor_rematch", "YES"))
    assert closing(asked).notices == ()
    assert recipients(closing(asked, answers={**GOODBYE, "mentor_rematch": "YES"})) == [(user(1), user(2))]


def test_a_path_that_leads_to_nobody_tells_nobody() -> None:
    rules = changed("inactivate_persona", effects=(notify("partner.user"),))
    assert planned(ask("inactivate_persona", persona(11)), two_people(), rules).notices == ()


def test_a_notice_is_due_to_the_change_that_brought_it_about() -> None:
    rules = changed("become_closed", effects=(notify("user"),))
    plan = planned(ask("close_match", pair(21), answers=GOODBYE), a_matched_world(), rules)
    assert [(notice.recipients, plan.changes[notice.caused_by].subject) for notice in plan.notices] == [
        ((user(1),), persona(11)),
        ((user(2),), persona(12)),
    ]


def test_a_new_person_can_be_told() -> None:
    rules = FLOW_WELCOMING
    plan = planned(ask("register_user", user(0), role="MENTOR"), a_world(), rules)
    assert [(notice.subject, notice.recipients) for notice in plan.notices] == [(persona(-2), (user(-1),))]


def test_what_is_refused_says_nothing() -> None:
    rules = changed("close_match", effects=(notify("sides"), fire("become_matched", each="sides")))
    refusal = refused(ask("close_match", pair(21), answers=GOODBYE), a_matched_world(), rules)
    assert not hasattr(refusal, "notices")


def test_a_message_changes_nothing_about_a_button() -> None:
    silent, speaking = changed("match", effects=()), changed("match", effects=(notify("mentee.user", "sides"),))
    facts = a_world(a_user(), a_persona())
    before, after = (offers(rules, persona(11), frozenset({"PROGRAM_ADMIN"}), facts) for rules in (silent, speaking))
    assert [(offer.transition.id, offer.blockers) for offer in after] == [
        (offer.transition.id, offer.blockers) for offer in before
    ]


FLOW_WELCOMING = changed("register_user", effects=(notify("user"),))
