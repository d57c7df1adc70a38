"""Messages through the API: each caller's own, whole or without their text, and narrowed."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import strawberry

from server.domain.actors import Caller
from server.domain.commands import Options
from server.store.database import open_store
from server.store.messages import erase_messages
from tests.graphql.builders import Api
from tests.services.school import ANYBODY, GOODBYE, School
from tests.telling import telling_rules

WHOLE = (
    "id template channel role recipient { id name } address title body state attempts error createdAt deliveredAt "
    "cause { transition } subject { id }"
)
LISTED = "template role recipient { id } address title body"
ALL_CLOSED = '{ messages(filter: {templateIn: ["closed", "closed_to_staff"]}) { totalCount nodes { %s } } }'


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[School]:
    """ann and eve (both north), bob (north) and sid (south): both matches closed."""
    file = tmp_path_factory.mktemp("messages") / "messages.db"
    file.write_bytes(sqlite_template.read_bytes())
    opened = open_store(f"sqlite:///{file}")
    made = School(opened, telling_rules())
    for match in (made.inner, made.across):
        made.perform("close_match", match, answers=GOODBYE, options=Options())
    yield made
    opened.close()


def api_of(school: School, schema: strawberry.Schema, caller: Caller = ANYBODY) -> Api:
    return Api(schema, school.store, school.book, caller)


def closed(school: School, schema: strawberry.Schema, caller: Caller) -> list[tuple[Any, ...]]:
    """What a caller finds of the messages about closed matches: to whom, where, and whether the text is shown."""
    found = api_of(school, schema, caller).ask(ALL_CLOSED % LISTED)["messages"]
    assert found["totalCount"] == len(found["nodes"])
    names = {f"User-{person.user.id}": name for name, person in school.everybody().items()}
    return [
        (
            node["role"] or names[node["recipient"]["id"]],
            node["address"],
            bool(node["body"]),
            node["title"] is not None,
        )
        for node in found["nodes"]
    ]


def test_a_message_says_what_was_told_to_whom_about_what_and_why(school: School, schema: strawberry.Schema) -> None:
    (first, *_) = api_of(school, schema).ask(ALL_CLOSED % WHOLE)["messages"]["nodes"]
    assert first["createdAt"].startswith("2026-01-01T")
    assert {key: value for key, value in first.items() if key not in {"id", "createdAt", "body"}} == {
        "template": "closed",
        "channel": "email",
        "role": None,
        "recipient": {"id": f"User-{school.ann.user.id}", "name": "ann"},
        "address": "ann@example.org",
        "title": "Your match: Closed",
        "state": "PENDING",
        "attempts": 0,
        "error": None,
        "deliveredAt": None,
        "cause": {"transition": "close_match"},
        "subject": {"id": f"Match-{school.inner.id}"},
    }
    assert first["body"].startswith("ann and eve (North) on 2026-01-01")


def test_the_office_sees_every_message_whole(school: School, schema: strawberry.Schema) -> None:
    assert closed(school, schema, school.office) == [
        ("ann", "ann@example.org", True, True),
        ("eve", "eve@example.org", True, True),
        ("SITE_STAFF", None, True, False),
        ("PROGRAM_ADMIN", None, True, False),
        ("bob", "bob@example.org", True, True),
        ("sid", "sid@example.org", True, True),
        ("SITE_STAFF", None, True, False),
        ("PROGRAM_ADMIN", None, True, False),
    ]


def test_a_site_sees_what_is_about_its_matches_but_no_text_to_somebody_elsewhere(
    school: School, schema: strawberry.Schema
) -> None:
    assert closed(school, schema, school.south) == [
        ("bob", None, False, False),
        ("sid", "sid@example.org", True, True),
        ("SITE_STAFF", None, True, False),
        ("PROGRAM_ADMIN", None, True, False),
    ]


def test_who_does_not_see_what_is_sensitive_finds_messages_without_their_text(
    school: School, schema: strawberry.Schema
) -> None:
    partner = school.caller("PARTNER_ADMIN", site="south")
    assert closed(school, schema, partner) == [
        ("bob", None, False, False),
        ("sid", None, False, False),
        ("SITE_STAFF", None, False, False),
        ("PROGRAM_ADMIN", None, False, False),
    ]


def test_people_see_what_they_were_told_themselves_and_nothing_else(school: School, schema: strawberry.Schema) -> None:
    assert closed(school, schema, school.oneself(school.ann)) == [("ann", "ann@example.org", True, True)]
    assert closed(school, schema, school.oneself(school.cat)) == []


def test_a_message_is_found_by_its_id_only_where_lists_show_it(school: School, schema: strawberry.Schema) -> None:
    ids = [node["id"] for node in api_of(school, schema).ask(ALL_CLOSED % "id")["messages"]["nodes"]]
    query = "query($ids: [ID!]!) { nodes(ids: $ids) { id ... on Message { template } } }"
    own, *others = api_of(school, schema, school.oneself(school.ann)).ask(query, ids=[*ids, "Message-999"])["nodes"]
    assert own == {"id": ids[0], "template": "closed"}
    assert others == [None] * len(ids)


@pytest.mark.parametrize(
    ("narrowed", "count"),
    [
        ("{}", 16),
        ("{channelIn: [email]}", 12),
        ("{channelIn: [webhook]}", 4),
        ("{stateIn: [PENDING, FAILED]}", 16),
        ("{stateIn: [DELIVERED]}", 0),
        ('{templateIn: ["welcome"]}', 8),
        ('{since: "2030-01-01T00:00:00Z"}', 0),
        ('{since: "2020-01-01T00:00:00Z", channelIn: [webhook]}', 4),
    ],
)
def test_messages_can_be_narrowed(school: School, schema: strawberry.Schema, narrowed: str, count: int) -> None:
    text = narrowed
    for word in ("email", "webhook", "PENDING", "FAILED", "DELIVERED"):
        text = text.replace(word, f'"{word}"')
    assert api_of(school, schema).ask(f"{{ messages(filter: {text}) {{ totalCount }} }}")["messages"] == {
        "totalCount": count
    }


def test_messages_can_be_narrowed_to_one_recipient(school: School, schema: strawberry.Schema) -> None:
    query = "query($id: ID!) { messages(filter: {recipientId: $id}) { nodes { template } } }"
    found = api_of(school, schema).ask(query, id=f"User-{school.eve.user.id}")["messages"]["nodes"]
    assert [node["template"] for node in found] == ["welcome", "closed"]


@pytest.mark.parametrize(
    ("narrowed", "message"),
    [
        ('{channelIn: ["mail"]}', "mail"),
        ('{stateIn: ["SENT"]}', "SENT"),
        ('{templateIn: ["welcom"]}', "welcom"),
    ],
)
def test_words_that_mean_nothing_are_told(
    school: School, schema: strawberry.Schema, narrowed: str, message: str
) -> None:
    code, told = api_of(school, schema).fault(f"{{ messages(filter: {narrowed}) {{ totalCount }} }}")
    assert code == "BAD_USER_INPUT"
    assert message in told


def test_pages_follow_the_order_of_writing(school: School, schema: strawberry.Schema) -> None:
    query = "query($after: String) { messages(first: 10, after: $after) { nodes { id } pageInfo { endCursor } } }"
    api = api_of(school, schema)
    first = api.ask(query)["messages"]
    second = api.ask(query, after=first["pageInfo"]["endCursor"])["messages"]
    ids = [int(node["id"].removeprefix("Message-")) for page in (first, second) for node in page["nodes"]]
    assert ids == list(range(1, 17))


@pytest.mark.parametrize(("by", "few"), [("everybody", 9), ("south", 4)])
def test_the_number_of_statements_does_not_grow_with_the_page(
    school: School, schema: strawberry.Schema, by: str, few: int
) -> None:
    query = f"query($first: Int!) {{ messages(first: $first) {{ nodes {{ {WHOLE} }} }} }}"
    api = api_of(school, schema, school.south if by == "south" else ANYBODY)
    assert api.statements(query, first=few) == api.statements(query, first=16)


def test_what_was_erased_has_no_text_and_is_not_sent(school: School, schema: strawberry.Schema) -> None:
    school.store.mutate_now(
        lambda session: session.act(lambda work: erase_messages(work.connection, school.cat.user.id))
    )
    query = "query($id: ID!) { messages(filter: {recipientId: $id}) { nodes { address title body state error } } }"
    assert api_of(school, schema).ask(query, id=f"User-{school.cat.user.id}")["messages"]["nodes"] == [
        {"address": None, "title": None, "body": "", "state": "FAILED", "error": "erased"}
    ]
