from typing import Any

import pytest

from server.engine.facts import Facts, Record, Ref, Situation
from server.engine.paths import Path, Scope, Terms, UnknownRecordError, record_at, records_at, unchosen, value_at
from tests.engine.builders import (
    a_match,
    a_matched_world,
    a_persona,
    a_user,
    a_world,
    pair,
    persona,
    two_people,
    user,
)
from tests.engine.words import path

OPEN = Terms(frozenset({("pair_status", "OPEN")}))


def looking_from(ref: Ref, facts: Facts, **more: Any) -> Scope:
    situation = Situation(facts)
    record = situation.record(ref)
    return Scope(situation, record, record, terms=OPEN, **more)


def half_a_pair() -> Scope:
    """A match as it is offered on the mentor: the other side is not chosen yet."""
    situation = Situation(two_people())
    offered = Record(pair(-1), 1, {"pair_status": "OPEN"}, links={"MENTOR": persona(11)})
    return Scope(situation, offered, offered, terms=OPEN)


def value(text: str, ref: Ref, facts: Facts) -> str | None:
    return value_at(path(text), looking_from(ref, facts))


@pytest.mark.parametrize(
    ("text", "start", "expected"),
    [
        ("user_status", user(1), "ACTIVE"),
        ("match_status", persona(11), "MATCHED"),
        ("role", persona(11), "MENTOR"),
        ("partner_site", persona(11), "LINCOLN"),
        ("mentor_site_list", persona(11), None),
        ("user.user_status", persona(11), "ACTIVE"),
        ("mentee.role", pair(21), "MENTEE"),
        ("mentee.user.user_status", pair(21), "SCREENING_INCOMPLETE"),
        ("partner.role", persona(11), "MENTEE"),
        ("partner.user.user_status", persona(11), "SCREENING_INCOMPLETE"),
        ("match.pair_status", persona(12), "OPEN"),
        ("match.mentor.role", persona(12), "MENTOR"),
    ],
)
def test_a_path_leads_to_a_value(text: str, start: Ref, expected: str | None) -> None:
    facts = a_world(
        a_user(1),
        a_user(2, "SCREENING_INCOMPLETE"),
        a_persona(11, "MATCHED"),
        a_persona(12, "MATCHED", of=2, role="MENTEE"),
        a_match(),
    )
    assert value(text, start, facts) == expected


def test_a_path_without_a_value_leads_to_a_record() -> None:
    scope = looking_from(pair(21), a_matched_world())
    found = record_at(path("mentor.user"), scope)
    assert found is not None
    assert found.ref == user(1)
    assert value_at(path("mentor.user"), scope) is None


def test_who_has_no_match_has_no_partner() -> None:
    scope = looking_from(persona(11), two_people())
    assert record_at(path("partner"), scope) is None
    assert record_at(path("match"), scope) is None
    assert value_at(path("partner.user.user_status"), scope) is None


def test_the_present_match_is_the_open_one_even_when_a_later_one_is_closed() -> None:
    third = (a_user(3), a_persona(13, "CLOSED", of=3, role="MENTEE"))
    facts = two_people("MATCHED", "MATCHED", *third, a_match(21), a_match(22, "CLOSED", mentee=13))
    assert record_at(path("match"), looking_from(persona(11), facts)).ref == pair(21)  # type: ignore[union-attr]
    assert record_at(path("partner"), looking_from(persona(11), facts)).ref == persona(12)  # type: ignore[union-attr]


def test_without_an_open_match_the_present_one_is_the_latest() -> None:
    third = (a_user(3), a_persona(13, "CLOSED", of=3, role="MENTEE"))
    facts = two_people("CLOSED", "CLOSED", *third, a_match(21, "CLOSED"), a_match(22, "CLOSED", mentee=13))
    assert record_at(path("partner"), looking_from(persona(11), facts)).ref == persona(13)  # type: ignore[union-attr]


def test_this_and_created_lead_from_other_records_than_self() -> None:
    situation = Situation(two_people())
    one, other = situation.record(persona(11)), situation.record(persona(12))
    scope = Scope(situation, one, other, a_persona(-1, "RESCREENING", role="MENTEE"))
    assert value_at(path("match_status"), scope) == "RTBM"
    assert value_at(path("this.role"), scope) == "MENTEE"
    assert value_at(path("created.match_status"), scope) == "RESCREENING"


def test_where_nothing_is_created_there_is_nothing_to_see() -> None:
    assert value_at(path("created.user.user_status"), looking_from(persona(11), two_people())) is None


def test_moving_a_scope_keeps_everything_but_self() -> None:
    scope = looking_from(persona(11), two_people(), answers={"a": "b"}, only_role="MENTOR")
    there = scope.at(scope.situation.record(user(1)))
    assert there.self.ref == user(1)
    assert (there.this, there.answers, there.only_role, there.terms) == (
        scope.this,
        {"a": "b"},
        "MENTOR",
        OPEN,
    )


def listed(text: str, scope: Scope) -> list[Ref]:
    return [record.ref for record in records_at(path(text), scope)]


def test_lists_are_reached_from_every_kind_of_record() -> None:
    facts = a_matched_world(a_persona(13, "CLOSED"), a_match(22, "CLOSED", mentor=13))
    assert listed("personas", looking_from(user(1), facts)) == [persona(11), persona(13)]
    assert listed("personas", looking_from(persona(13), facts)) == [persona(11), persona(13)]
    assert listed("matches", looking_from(user(1), facts)) == [pair(21), pair(22)]
    assert listed("matches", looking_from(persona(12), facts)) == [pair(21), pair(22)]
    assert listed("sides", looking_from(pair(21), facts)) == [persona(11), persona(12)]
    assert listed("mentor.user.personas", looking_from(pair(21), facts)) == [persona(11), persona(13)]
    assert listed("match.sides", looking_from(persona(11), facts)) == [persona(11), persona(12)]


def test_the_list_of_nobody_is_empty() -> None:
    assert listed("partner.personas", looking_from(persona(11), two_people())) == []


def test_a_list_can_be_restricted_to_one_role() -> None:
    facts = two_people("RTBM", "RTBM", a_persona(13, role="MENTEE"))
    assert listed("personas", looking_from(user(1), facts, only_role="MENTEE")) == [persona(13)]
    assert listed("personas", looking_from(user(1), facts, only_role="MENTOR")) == [persona(11)]


def test_the_side_that_is_not_chosen_is_unknown() -> None:
    scope = half_a_pair()
    assert value_at(path("mentor.match_status"), scope) == "RTBM"
    with pytest.raises(UnknownRecordError):
        value_at(path("mentee.match_status"), scope)
    with pytest.raises(UnknownRecordError):
        records_at(path("mentee.user.personas"), scope)


def test_the_sides_that_are_chosen_are_listed_and_the_others_counted() -> None:
    scope = half_a_pair()
    assert listed("sides", scope) == [persona(11)]
    assert unchosen(path("sides"), scope) == 1
    assert unchosen(path("sides"), looking_from(pair(21), a_matched_world())) == 0
    assert unchosen(path("personas"), looking_from(user(1), two_people())) == 0
    assert unchosen(path("match.sides"), looking_from(persona(11), two_people())) == 0


def test_the_partner_in_a_match_that_is_only_offered_is_unknown() -> None:
    scope = half_a_pair()
    scope.situation.add(scope.self)
    with pytest.raises(UnknownRecordError):
        record_at(path("partner"), scope.at(scope.situation.record(persona(11))))


def test_a_record_that_was_not_loaded_is_unknown_rather_than_absent() -> None:
    facts = a_world(a_persona(11))
    with pytest.raises(UnknownRecordError):
        record_at(path("user"), looking_from(persona(11), facts))


def test_a_path_is_plain_data() -> None:
    assert path("this.mentor.user.personas") == Path(
        "this.mentor.user.personas", "this", ("MENTOR", "user"), None, "personas"
    )
