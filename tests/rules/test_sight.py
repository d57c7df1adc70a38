"""Rules on who sees what: how they are read, and what is refused where."""

import pytest

from server.engine.conditions import Filled, OneOf
from server.engine.facts import Kind
from server.engine.finding import Find, Selection
from server.engine.paths import Path
from tests.rules.builders import a_ruleset, problems, told

FINDS = """finds:
  mentors:
    allow: [STAFF]
    of: persona
    where: {role: MENTOR}
  people: {allow: [STAFF, SUPER_ADMIN], of: user, sees: [staff]}
"""
PHONE = "fields:\n  phone: {of: user, label: Phone, type: text, shown_to: [%s]}\n"


def refused(text: str) -> list[str]:
    return [f"{found.code}: {found.message}" for found in problems(text)]


def test_a_find_says_who_finds_what_and_what_they_see_there() -> None:
    finds = a_ruleset(FINDS).finds
    is_mentor = OneOf(Path("role", value="role"), frozenset({"MENTOR"}))
    people = frozenset({"STAFF", "SUPER_ADMIN"})
    assert finds == {
        "mentors": Find(Selection(Kind.PERSONA, frozenset({"STAFF"}), is_mentor), frozenset({"public"})),
        "people": Find(Selection(Kind.USER, people, None), frozenset({"public", "staff"})),
    }


def test_a_field_is_shown_to_each_actor_where_their_condition_holds() -> None:
    field = a_ruleset(PHONE % "SUPER_ADMIN, {STAFF: {phone: set}}").fields["phone"]
    filled = Filled(Path("phone", value="phone"), wanted=True)
    assert field.shown_to == (
        Selection(Kind.USER, frozenset({"SUPER_ADMIN"}), None),
        Selection(Kind.USER, frozenset({"STAFF"}), filled),
    )


@pytest.mark.parametrize(
    ("where", "personal"),
    [
        ("{role: MENTOR}", False),
        ("{some: {of: actor.personas}}", True),
        ("{not: {any: [{role: MENTEE}, {user: {actor: self}}]}}", True),
        ("{partner_site: set, user: {user_status: actor.user_status}}", True),
    ],
)
def test_it_is_known_whether_a_rule_asks_of_the_actor(where: str, personal: bool) -> None:
    text = f"finds: {{any: {{allow: [STAFF], of: persona, where: {where}}}}}\n"
    assert a_ruleset(text).finds["any"].chosen.personal is personal


@pytest.mark.parametrize(
    ("where", "what"),
    [
        ("{age: {user_status: {at_least: P3D}}}", "age"),
        ("{any: [{user_status: READY}, {not: {age: {user_status: {less_than: P1D}}}}]}", "age"),
        ("{some: {of: personas, where: {age: {match_status: {at_least: P3D}}}}}", "age"),
        ("{been: {user_status: {in: READY, within: P1M}}}", "been"),
        ("{last: {of: personas, that: {match_status: FREE}}}", "latest"),
        ("{runs: {more_than: 1}}", "runs"),
        ("{count: {of: personas, at_least: runs}}", "runs"),
    ],
)
def test_what_the_database_cannot_ask_is_refused_at_its_place(where: str, what: str) -> None:
    numbers = "numbers: {runs: {of: user, label: Runs, is: {count: personas}}}\n"
    text = f"finds:\n  people:\n    allow: [STAFF]\n    of: user\n    where: {where}\n"
    message = f"who sees what may not depend on {what}: the database that counts and pages could not ask it"
    assert refused(text + numbers) == [f"not-for-sight: {message}"]
    assert told(text + numbers) == ["5:12 not-for-sight"]


def test_a_fact_is_looked_into_as_well() -> None:
    text = "facts: {new: {age: {user_status: {less_than: P3D}}}}\n" + PHONE % "{STAFF: {user_status: READY}}"
    assert [line.partition(":")[0] for line in refused(text)] == ["unused"]
    text = "facts: {new: {age: {user_status: {less_than: P3D}}}}\n" + PHONE % "{STAFF: {all: [new]}}"
    assert [line.partition(":")[0] for line in refused(text)] == ["not-for-sight"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("finds: {all: {allow: [SYSTEM], of: user}}\n", "contradiction"),
        ("finds: {all: {allow: [STAF], of: user}}\n", "unknown-actor"),
        ("finds: {all: {of: user}}\n", "missing-key"),
        ("finds: {all: {allow: [STAFF], of: site}}\n", "unknown-value"),
        ("finds: {all: {allow: [STAFF], of: user, sees: [everything]}}\n", "unknown-value"),
        ("finds: {all: {allow: [STAFF], of: user, where: {input.day: set}}}\n", "answer-not-known"),
        (PHONE % "SYSTEM", "contradiction"),
        (PHONE % "{STAFF: {user_statu: ACTIVE}}", "unknown-path"),
    ],
)
def test_mistakes_in_such_rules_are_told(text: str, code: str) -> None:
    assert [line.partition(":")[0] for line in refused(text)] == [code]


def test_an_overlay_begins_the_section() -> None:
    overlay = "extends: small\nprogram: own\ntitle: Own\nadd:\n  finds.people: {allow: [STAFF], of: user}\n"
    assert problems("", {"own": overlay}) == ()
