"""A request that asks for too much is refused before it runs, and measuring it is cheap."""

from typing import Any

import pytest
from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    OperationDefinitionNode,
    get_introspection_query,
    parse,
)
from strawberry import Schema

from server.graphql.amounts import acts_of
from server.graphql.limits import Limits
from server.graphql.scale import Scale
from server.limit_settings import LimitSettings


def complaints(schema: Schema, text: str, **given: int) -> tuple[GraphQLError, ...]:
    """Everything that is said against a text; ``given``: limits that are not the usual ones."""
    return Limits(schema._schema, LimitSettings(**given)).judge(text).errors


def cost(schema: Schema, text: str) -> int:
    judged = Limits(schema._schema, LimitSettings()).judge(text)
    assert judged.errors == ()
    (found,) = judged.costs.values()
    return found


def nested(levels: int) -> str:
    """A query as many fields deep."""
    steps = ['match(id: "Match-1")', "mentor", *["user", "currentPersona"] * levels][: levels - 1]
    return "{" + "".join(f"{step} {{" for step in steps) + "id" + "}" * len(steps) + "}"


def test_what_graphiql_asks_is_allowed(schema: Schema) -> None:
    text = get_introspection_query(specified_by_url=True, input_value_deprecation=True)
    assert complaints(schema, text) == ()


def test_a_rich_page_is_allowed(schema: Schema) -> None:
    text = """{ users(first: 100) { totalCount nodes { id name status { key label colour }
      personas { role status { key } matchStatus { key label } partnerSite { name }
        match { id mentee { user { name } } } }
      history(first: 5) { nodes { to { label } actorName effectiveAt } }
      availableTransitions(includeBlocked: true) { transition { key label } allowed blockers { code message } } } } }"""
    assert complaints(schema, text) == ()


def test_what_is_asked_of_each_result_in_bulk_counts_like_a_page(schema: Schema) -> None:
    def text(inner: str) -> str:
        given = "input: {items: []}"
        return f"mutation {{ bulkPerformTransition({given}) {{ results {{ {inner} }} }} }}"

    assert complaints(schema, text("subject { id history(first: 20) { nodes { id } } }")) == ()
    (error,) = complaints(schema, text("subject { id history(first: 100) { nodes { id } } }"))
    assert "fields in a full answer; the limit is 50,000" in error.message


def test_depth_is_limited(schema: Schema) -> None:
    assert complaints(schema, nested(12)) == ()
    (error,) = complaints(schema, nested(13))
    assert error.message == (
        "The operation has 13 levels of fields; the limit is 12. Ask for the inner records in a further request."
    )
    assert error.extensions == {"code": "LIMIT_EXCEEDED", "limit": "depth", "requested": 13, "allowed": 12}


def test_aliases_are_limited_also_through_fragments(schema: Schema) -> None:
    assert complaints(schema, "{ viewer {" + " ".join(f"a{n}: name" for n in range(30)) + "} }") == ()
    text = "{ a: viewer { ...F } b: viewer { ...F } } fragment F on Viewer {"
    text += " ".join(f"a{n}: name" for n in range(15)) + "}"
    (error,) = complaints(schema, text)
    assert error.message.startswith("The operation has 32 aliases; the limit is 30.")


def test_root_fields_are_limited(schema: Schema) -> None:
    assert complaints(schema, "{" + "viewer { name } " * 20 + "}") == ()
    (error,) = complaints(schema, "{" + "viewer { name } " * 21 + "}")
    assert "21 root fields; the limit is 20" in error.message


def test_pages_within_pages_are_limited_by_what_they_come_to(schema: Schema) -> None:
    text = """query Q($n: Int) { history(first: %s) { nodes { subject {
      history(first: $n) { nodes { id machine note actorName } } } } } }"""
    assert complaints(schema, text % 20) == ()
    (error,) = complaints(schema, (text % 100).replace("note", "note transition"))
    assert "fields in a full answer; the limit is 50,000" in error.message


def test_many_ids_count_as_many(schema: Schema) -> None:
    text = """query Q($ids: [ID!]!) { nodes(ids: $ids) { ... on User {
      history(first: 100) { nodes { id note machine transition actorName } } } } }"""
    (error,) = complaints(schema, text)
    assert "fields in a full answer" in error.message


def doubling(fragments: int) -> str:
    """Each fragment spreads the next one twice: what it unfolds to doubles with each."""
    spread = [f"fragment F{n} on Viewer {{ ...F{n + 1} ...F{n + 1} }}" for n in range(fragments)]
    return " ".join(["{ viewer { ...F0 } }", *spread, f"fragment F{fragments} on Viewer {{ n: name }}"])


def measured(schema: Schema, document: DocumentNode) -> int:
    """How many selections the scale looks at."""
    fragments = {d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)}
    scale = Scale(schema._schema, fragments)
    for definition in document.definitions:
        if isinstance(definition, OperationDefinitionNode):
            scale.operation(definition)
    return scale.visits


def test_doubling_fragments_are_measured_once_each(schema: Schema) -> None:
    assert measured(schema, parse(doubling(100))) == 203
    assert measured(schema, parse(doubling(400))) == 803


def test_doubling_fragments_are_refused(schema: Schema) -> None:
    errors = complaints(schema, doubling(100))
    assert (
        "The operation has more than a thousand million aliases; the limit is 30."
        " Ask by nodes(ids:) or a list instead, or in several requests."
    ) in [error.message for error in errors]


def test_several_operations_share_what_was_measured(schema: Schema) -> None:
    text = "query A { viewer { ...F } } query B { viewer { ...F } } fragment F on Viewer { name roles }"
    assert measured(schema, parse(text)) == 6


@pytest.mark.parametrize(
    "text",
    [
        "{ viewer { ...F } } fragment F on Viewer { ...F }",
        "{ viewer { ...F } } fragment F on Viewer { ...G } fragment G on Viewer { ...F }",
        "{ viewer { ...Missing } }",
        "{ nothing { at { all } } }",
        "{ viewer { ... on Nothing { name } } }",
    ],
)
def test_nonsense_is_left_to_the_rules_of_the_specification(schema: Schema, text: str) -> None:
    assert {error.extensions["code"] for error in complaints(schema, text)} == {"GRAPHQL_VALIDATION_FAILED"}


def test_a_text_of_too_many_words_is_refused(schema: Schema) -> None:
    assert complaints(schema, "{ viewer { name } }", tokens=8) == ()
    (error,) = complaints(schema, "{ viewer { name roles } }", tokens=5)
    assert error.message.startswith("The text has more than 5 words and signs.")
    assert error.extensions == {"code": "LIMIT_EXCEEDED", "limit": "tokens", "allowed": 5}


def test_what_could_not_be_checked_in_time_is_refused_in_words(schema: Schema) -> None:
    (error,) = complaints(schema, "{ viewer {" + " programs { name }" * 900 + "} }")
    assert error.extensions == {"code": "LIMIT_EXCEEDED", "limit": "repetition"}


def test_two_fields_of_one_name_are_still_told_apart(schema: Schema) -> None:
    (error,) = complaints(schema, "{ viewer { name name: roles } }")
    assert error.message.startswith("Fields 'name' conflict")


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("{ viewer { name roles } }", 3),  # each field counts one
        ("{ users(first: 10) { nodes { id name } } }", 1 + 10 * (1 + 2)),  # a page counts as often as it has rows
        ("{ users { nodes { id } } }", 1 + 20 * 2),  # 20 unless said
        ("query($n: Int) { users(first: $n) { nodes { id } } }", 1 + 100 * 2),  # a variable counts as the most
        ("{ viewer { programs { key } } }", 2 + 4),  # a list without pages counts as four
        ("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", 1 + 100),  # by ids as a hundred
        ("{ viewer { ...F ...F } } fragment F on Viewer { name }", 3),  # a fragment counts wherever it is spread
        ('mutation { bulkTransitionByFilter(input: {transition: "x", filter: {}}) { results { index } } }', 502),
    ],
)
def test_the_cost_is_the_number_of_fields_in_a_full_answer(schema: Schema, text: str, fields: int) -> None:
    assert cost(schema, text) == fields


BULK = "bulkPerformTransition(input: %s) { changedCount }"
ITEM = '{transition: "x", subjectId: "User-1"}'


@pytest.mark.parametrize(
    ("text", "values", "acts"),
    [
        (
            'mutation { a: revokeToken(id: "Token-1") { token { id } } ...F } fragment F on Mutation { runDue { id } }',
            {},
            2,
        ),
        (f"mutation {{ {BULK % f'{{items: [{ITEM}, {ITEM}]}}'} }}", {}, 2),
        (f"mutation {{ {BULK % f'{{items: {ITEM}}}'} }}", {}, 1),
        (f"mutation($i: BulkPerformTransitionInput!) {{ {BULK % '$i'} }}", {"i": {"items": [{}] * 7}}, 7),
        (f"mutation($l: [BulkItem!]!) {{ ... {{ {BULK % '{items: $l}'} }} }}", {"l": [{}] * 7}, 7),
        (f"mutation($l: [BulkItem!]! = [{ITEM}]) {{ {BULK % '{items: $l}'} }}", {}, 1),
        (f"mutation($i: BulkPerformTransitionInput!) {{ {BULK % '$i'} }}", {}, 500),
        ('mutation { bulkTransitionByFilter(input: {transition: "x", filter: {}}) { changedCount } }', {}, 500),
    ],
)
def test_acts_are_counted_with_the_values_of_variables(
    schema: Schema, text: str, values: dict[str, Any], acts: int
) -> None:
    document = parse(text)
    operation = document.definitions[0]
    assert isinstance(operation, OperationDefinitionNode)
    assert acts_of(schema._schema, document, operation, values) == acts


def test_many_acts_in_bulk_in_one_request_are_refused_together(schema: Schema) -> None:
    by_filter = 'bulkTransitionByFilter(input: {transition: "x", filter: {}}) { changedCount }'
    document = parse("mutation {" + "".join(f" a{n}: {by_filter}" for n in range(20)) + "}")
    operation = document.definitions[0]
    assert isinstance(operation, OperationDefinitionNode)
    with pytest.raises(GraphQLError) as refused:
        Limits(schema._schema, LimitSettings()).refuse_acts(document, operation, {})
    assert refused.value.message == "The operation has 10,000 acts; the limit is 500. Send them in several requests."


def test_fragments_within_fragments_in_the_text_do_not_overflow(schema: Schema) -> None:
    (error,) = complaints(schema, "{ viewer {" + "... {" * 100 + "name" + "}" * 100 + "} }")
    assert "is nested deeper than the limit of 12 levels" in error.message


def test_a_long_chain_of_fragments_does_not_overflow(schema: Schema) -> None:
    chain = " ".join(f"fragment F{n} on Viewer {{ ...F{n + 1} }}" for n in range(1_000))
    document = parse(f"{{ viewer {{ ...F0 }} }} {chain} fragment F1000 on Viewer {{ name }}")
    assert measured(schema, document) == 1_003
