"""Queries for every field of a schema, made from what the schema says of itself."""

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    get_named_type,
)

ARGUMENTS: Mapping[str, str] = {
    "first": "3",
    "includeBlocked": "true",
    "includeRetired": "true",
    "machine": '"match_status"',
    "moment": '"2100-01-01T00:00:00Z"',
    "key": '"pair_status"',
    "orderBy": "{field: NAME}",
}
"""What is given for an argument wherever a field has it; other arguments are left out."""

Composite = GraphQLObjectType | GraphQLInterfaceType
Step = tuple[str, str]
"""A type and a field of it."""


@dataclass
class Walk:
    """Makes the queries. ``asked``: every type with each field that was asked of it so far.

    ``levels``: how far on each query asks from the field that it is for.
    """

    schema: GraphQLSchema
    roots: Mapping[str, str] = field(default_factory=dict)
    levels: int = 1
    asked: set[Step] = field(default_factory=set)

    def queries(self) -> Iterator[str]:
        """One query for every field that leads from one type to another, along the shortest way to it.

        ``roots``: the arguments of those fields of the root that cannot do without.
        """
        ways: dict[str, str] = {"Query": "%s"}
        waiting: deque[Composite] = deque([self.schema.query_type])
        while waiting:
            kind = waiting.popleft()
            for name, each in kind.fields.items():
                target = get_named_type(each.type)
                if not isinstance(target, Composite):
                    continue
                way = ways[kind.name] % f"{self._call(kind, name, each)} {{ %s }}"
                self.asked.add((kind.name, name))
                yield f"{{ {way % self.everything(target, self._levels(way, each))} }}"
                for concrete in self._concrete(target):
                    if concrete.name not in ways:
                        inner = f"... on {concrete.name} {{ %s }}" if concrete is not target else "%s"
                        ways[concrete.name] = way % inner
                        waiting.append(concrete)

    def node(self) -> str:
        """The query for every field of the record of the variable ``id``."""
        return f"query($id: ID!) {{ node(id: $id) {{ {self.everything(self.schema.type_map['Node'], 1)} }} }}"

    def subscriptions(self) -> Iterator[str]:
        """One subscription for everything that can be followed after the variable ``after``."""
        root = self.schema.subscription_type
        for name, each in root.fields.items():
            self.asked.add((root.name, name))
            shown = self.everything(get_named_type(each.type), 1)
            yield f"subscription($after: String) {{ {name}(after: $after) {{ {shown} }} }}"

    def everything(self, kind: GraphQLNamedType, levels: int) -> str:
        """Every field of a type; what leads on is followed so many levels more."""
        parts = ["__typename"]
        clashing = self._clashing(self._concrete(kind))
        for concrete in self._concrete(kind):
            own = " ".join(self._fields(concrete, levels, clashing))
            parts.append(own if concrete is kind else f"... on {concrete.name} {{ {own} }}")
        return " ".join(parts)

    @staticmethod
    def _clashing(kinds: tuple[GraphQLObjectType, ...]) -> set[str]:
        """Fields of the same name that are not of the same type everywhere: they need names of their own."""
        types: dict[str, set[str]] = {}
        for kind in kinds:
            for name, each in kind.fields.items():
                types.setdefault(name, set()).add(str(each.type))
        return {name for name, found in types.items() if len(found) > 1}

    def _fields(self, kind: GraphQLObjectType, levels: int, clashing: set[str]) -> Iterator[str]:
        for name, each in kind.fields.items():
            target = get_named_type(each.type)
            alias = f"{name}Of{kind.name}: " if name in clashing else ""
            if isinstance(target, GraphQLScalarType | GraphQLEnumType):
                self.asked.add((kind.name, name))
                yield f"{alias}{name}"
            elif levels:
                self.asked.add((kind.name, name))
                yield f"{alias}{self._call(kind, name, each)} {{ {self.everything(target, levels - 1)} }}"

    def _concrete(self, kind: GraphQLNamedType) -> tuple[GraphQLObjectType, ...]:
        if isinstance(kind, GraphQLInterfaceType):
            return tuple(self.schema.get_possible_types(kind))
        return (kind,) if isinstance(kind, GraphQLObjectType) else ()

    def _levels(self, way: str, each: GraphQLField) -> int:
        """How far on from a field, so that no query is refused for its size; a list by ids counts as a full page."""
        if "ids" in each.args:
            return 0
        of_any_type = isinstance(get_named_type(each.type), GraphQLInterfaceType)
        return self.levels if way.count("{ ") - way.count("{ ... on") < 4 and not of_any_type else 1

    def _call(self, kind: Composite, name: str, each: GraphQLField) -> str:
        if kind is self.schema.query_type and name in self.roots:
            return f"{name}({self.roots[name]})"
        given = ", ".join(f"{key}: {ARGUMENTS[key]}" for key in each.args if key in ARGUMENTS)
        return f"{name}({given})" if given else name


def every_field(schema: GraphQLSchema) -> set[Step]:
    """Every field of every object type, but for what introspection itself is made of."""
    return {
        (name, key)
        for name, kind in schema.type_map.items()
        if isinstance(kind, GraphQLObjectType) and not name.startswith("__")
        for key in kind.fields
    }
