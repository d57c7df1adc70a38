from server.engine.blame import Blame, blame
from server.engine.conditions import All, AnyOf, Condition, Count, Filled, Not
from server.engine.facts import Facts, Ref
from server.engine.memory import Been
from tests.engine.builders import a_matched_world, a_persona, a_user, a_world, pair, persona, two_people, user
from tests.engine.test_conditions import NO, UNKNOWN, YES
from tests.engine.test_paths import looking_from
from tests.engine.words import AVAILABLE, answered, either, every, is_, none, number, on, path, same, some


def blamed(condition: Condition, ref: Ref, facts: Facts) -> Blame:
    scope = looking_from(ref, facts)
    assert condition.holds(scope) is not True
    return blame(condition, scope)


def test_a_wrong_status_is_shown_with_its_record() -> None:
    found = blamed(is_("mentor.match_status", "RTBM"), pair(21), a_matched_world())
    assert found == (persona(11), (("mentor.match_status", "MATCHED"),))


def test_an_absent_value_is_shown_as_nothing() -> None:
    facts = a_world(a_user(), a_persona(site=None))
    assert blamed(Filled(path("partner_site"), True), persona(11), facts) == (
        persona(11),
        (("partner_site", "nothing"),),
    )


def test_a_path_that_leads_to_nobody_blames_where_it_starts() -> None:
    facts = two_people()
    nothing = (persona(11), (("partner.match_status", "nothing"),))
    assert blamed(is_("partner.match_status", "MATCHED"), persona(11), facts) == nothing
    assert blamed(on("partner", YES), persona(11), facts) == (persona(11), (("partner", "nothing"),))


def test_of_parts_that_must_all_hold_those_that_fail_are_shown() -> None:
    condition = every(
        is_("mentor.match_status", "RTBM"), is_("pair_status", "OPEN"), is_("mentee.match_status", "RTBM")
    )
    assert blamed(condition, pair(21), a_matched_world()) == (
        persona(11),
        (("mentor.match_status", "MATCHED"), ("mentee.match_status", "MATCHED")),
    )


def test_of_parts_of_which_one_must_hold_all_are_shown() -> None:
    condition = either(is_("match_status", "CLOSED"), none("personas", is_("match_status", "RTBM")))
    assert blamed(condition, persona(11), two_people()) == (
        persona(11),
        (("match_status", "RTBM"), ("personas", "1")),
    )


def test_the_same_value_is_shown_once() -> None:
    twice = every(is_("match_status", "CLOSED"), is_("match_status", "MATCHED"))
    assert blamed(twice, persona(11), two_people()) == (persona(11), (("match_status", "RTBM"),))


def test_a_fact_asked_of_a_relative_names_the_way_to_each_value() -> None:
    facts = a_world(
        a_user(1, "INACTIVE_WITHDRAWN"), a_user(2), a_persona(11), a_persona(12, of=2, role="MENTEE", status="INACTIVE")
    )
    both = every(on("partner", AVAILABLE), on("user", is_("user_status", "ACTIVE")))
    assert blamed(both, persona(11), facts) == (
        persona(11),
        (("partner", "nothing"), ("user.user_status", "INACTIVE_WITHDRAWN")),
    )
    assert blamed(AVAILABLE, persona(12), facts) == (persona(12), (("persona_status", "INACTIVE"),))
    assert blamed(AVAILABLE, persona(11), facts) == (user(1), (("user.user_status", "INACTIVE_WITHDRAWN"),))


def test_too_many_blames_the_first_that_is_too_much() -> None:
    facts = two_people("CLOSED", "RTBM", a_persona(13), a_persona(14))
    assert blamed(none("personas", is_("match_status", "RTBM")), user(1), facts) == (
        persona(13),
        (("personas", "2"),),
    )
    assert blamed(none("personas"), user(1), facts) == (persona(11), (("personas", "3"),))


def test_too_few_blames_whoever_lacks_them() -> None:
    facts = two_people("CLOSED")
    assert blamed(some("personas", is_("match_status", "RTBM")), user(1), facts) == (user(1), (("personas", "0"),))
    assert blamed(Count(path("personas"), None, number(2), number(5)), user(1), facts) == (
        user(1),
        (("personas", "1"),),
    )


def test_what_must_not_hold_is_shown_with_what_made_it_hold() -> None:
    facts = two_people("MATCHED", "RTBM", a_persona(13))
    assert blamed(Not(is_("match_status", "MATCHED")), persona(11), facts) == (
        persona(11),
        (("match_status", "MATCHED"),),
    )
    assert blamed(Not(some("personas", is_("match_status", "RTBM"))), user(1), facts) == (
        persona(13),
        (("personas", "1"),),
    )
    assert blamed(Not(AnyOf((NO, is_("role", "MENTOR")))), persona(11), facts) == (persona(11), (("role", "MENTOR"),))
    assert blamed(Not(Not(is_("role", "MENTEE"))), persona(11), facts) == (persona(11), (("role", "MENTOR"),))


def test_a_list_that_must_not_be_empty_and_is_blames_nobody_else() -> None:
    assert blamed(Not(none("matches")), user(1), two_people()) == (user(1), (("matches", "0"),))


def test_two_values_that_differ_are_both_shown() -> None:
    assert blamed(same("mentor.role", "mentee.role"), pair(21), a_matched_world()) == (
        persona(11),
        (("mentor.role", "MENTOR"), ("mentee.role", "MENTEE")),
    )


def test_who_has_never_been_something_is_shown_as_they_are() -> None:
    facts = a_world(a_user(1, "INACTIVE_REJECTED"))
    assert blamed(Been(path("user_status"), frozenset({"ACTIVE"})), user(1), facts) == (
        user(1),
        (("user_status", "INACTIVE_REJECTED"),),
    )


def test_conditions_without_a_value_blame_the_record_they_were_asked_of() -> None:
    facts = two_people()
    assert blamed(NO, user(1), facts) == (user(1), ())
    assert blamed(answered("mentor_rematch", "YES"), user(1), facts) == (user(1), ())
    assert blamed(All((UNKNOWN,)), user(1), facts) == (user(1), ())
