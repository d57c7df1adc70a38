"""What is promised to clients is in the schema, word for word, and everything explains itself."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from graphql import (
    FieldDefinitionNode,
    InputValueDefinitionNode,
    TypeDefinitionNode,
    build_schema,
    is_introspection_type,
    is_specified_scalar_type,
    parse,
    print_ast,
)

from server.graphql.schema import build_schema as served_schema
from server.graphql.schema import sdl


def definitions(text: str) -> dict[str, TypeDefinitionNode]:
    return {node.name.value: node for node in parse(text).definitions if isinstance(node, TypeDefinitionNode)}


CONTRACT = (Path(__file__).parent / "contract.graphql").read_text(encoding="utf-8")
PROMISED, OFFERED = definitions(CONTRACT), definitions(sdl())
SERVED = build_schema(sdl())


def words(definition: TypeDefinitionNode) -> Iterator[str]:
    """Everything about a type that a client can rely on, one line each."""
    yield from (f"implements {face.name.value}" for face in getattr(definition, "interfaces", None) or ())
    yield from (f"value {value.name.value}" for value in getattr(definition, "values", None) or ())
    for member in getattr(definition, "fields", None) or ():
        yield signature(member)
        for argument in getattr(member, "arguments", None) or ():
            yield f"{member.name.value}({signature(argument)})"


def signature(member: FieldDefinitionNode | InputValueDefinitionNode) -> str:
    default = getattr(member, "default_value", None)
    return f"{member.name.value}: {print_ast(member.type)}" + (f" = {print_ast(default)}" if default else "")


@pytest.mark.parametrize("name", sorted(PROMISED))
def test_everything_promised_is_served_with_the_same_types_and_nullability(name: str) -> None:
    assert set(words(PROMISED[name])) - set(words(OFFERED[name])) == set()


def undescribed() -> Iterator[str]:
    """Every word of the schema without a description."""
    for name, kind in SERVED.type_map.items():
        if is_introspection_type(kind) or is_specified_scalar_type(kind):
            continue
        if not kind.description:
            yield name
        members = getattr(kind, "fields", None) or getattr(kind, "values", None) or {}
        for key, member in members.items():
            if not member.description:
                yield f"{name}.{key}"
            for argument, given in getattr(member, "args", {}).items():
                if not given.description:
                    yield f"{name}.{key}({argument})"


def test_every_type_field_argument_and_value_has_a_description() -> None:
    assert list(undescribed()) == []


def test_descriptions_do_not_speak_of_code() -> None:
    assert "See the description" not in sdl()


def test_the_committed_schema_is_the_one_that_is_served() -> None:
    committed = Path(__file__).parents[2] / "schema" / "schema.graphql"
    assert committed.read_text(encoding="utf-8") == sdl(), "run `matchkeeper schema export`"


def test_moments_are_specified_by_an_address() -> None:
    assert SERVED.type_map["DateTime"].specified_by_url == build_schema(CONTRACT).type_map["DateTime"].specified_by_url


def test_the_introspection_query_is_answered() -> None:
    assert served_schema().introspect()["__schema"]["queryType"]["name"] == "Query"
