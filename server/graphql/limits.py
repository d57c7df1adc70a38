"""Limits on what one request may ask, judged before anything is executed; a refusal names the limit and the way out."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    parse,
    specified_rules,
    validate,
)
from graphql.validation import OverlappingFieldsCanBeMergedRule
from graphql.validation.rules import overlapping_fields_can_be_merged
from graphql.validation.validate import ValidationAbortedError

from server.graphql.amounts import acts_of
from server.graphql.scale import Scale, Size, TooDeepError
from server.limit_settings import LimitSettings

CODE = "LIMIT_EXCEEDED"
"""The code of every refusal for a limit; ``extensions.limit`` names which."""

MAX_INTROSPECTION_DEPTH = 20
"""How many fields may stand one inside another below ``__schema`` and ``__type``: tools ask for types within types."""

_TOLD = {
    "depth": ("levels of fields", "Ask for the inner records in a further request."),
    "introspectionDepth": ("levels of introspection", "Fetch /schema.graphql, or ask for fewer types within types."),
    "aliases": ("aliases", "Ask by nodes(ids:) or a list instead, or in several requests."),
    "rootFields": ("root fields", "Send them in several requests."),
    "cost": (
        "fields in a full answer",
        "Ask for smaller pages, with 'first' as a number in the text, or for less of each row.",
    ),
    "acts": ("acts", "Send them in several requests."),
}
"""What each limit counts, and what to do when it is reached."""
_ASTRONOMIC = 10**9
_COMPARISONS = 50_000
_TOO_MANY_TOKENS = "tokens. Parsing aborted"
_RULES_FIRST = tuple(rule for rule in specified_rules if rule is not OverlappingFieldsCanBeMergedRule)
# The one rule whose work grows with the square of the text: the library lets its budget be set only here.
overlapping_fields_can_be_merged.MAX_COMPLEXITY_BUDGET = _COMPARISONS


@dataclass(frozen=True, slots=True)
class Judged:
    """A text that was parsed and judged once. ``document`` is None where it could not even be parsed.

    ``costs``: by the name of the operation (None without one) how many fields a full answer has.
    """

    document: DocumentNode | None
    errors: tuple[GraphQLError, ...] = ()
    costs: Mapping[str | None, int] = field(default_factory=dict)


class Limits:
    """Judges texts against the schema and the limits of an installation."""

    def __init__(self, schema: GraphQLSchema, settings: LimitSettings) -> None:
        self._schema, self._settings = schema, settings

    @property
    def cost(self) -> int:
        """How many fields a full answer may have."""
        return self._settings.cost

    def judge(self, text: str) -> Judged:
        """Parses a text, measures it, and only then validates it: nothing costly is done for what is too big."""
        try:
            document = parse(text, max_lexical_tokens=self._settings.tokens)
        except GraphQLError as error:
            return Judged(None, (self._unparsed(error),))
        fragments = {d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)}
        scale, errors, costs = Scale(self._schema, fragments), list[GraphQLError](), dict[str | None, int]()
        for node in document.definitions:
            if isinstance(node, OperationDefinitionNode):
                size = self._size(scale, node, errors)
                costs[node.name.value if node.name else None] = size.cost
        return Judged(document, tuple(errors or self._validated(document)), costs)

    def refuse_acts(self, document: DocumentNode, node: OperationDefinitionNode, values: Mapping[str, Any]) -> None:
        """Refuses a mutation that asks for too many acts. Raises GraphQLError."""
        acts, limit = acts_of(self._schema, document, node, values), self._settings.acts
        if acts > limit:
            raise _refusal("acts", acts, limit, node)

    def _size(self, scale: Scale, node: OperationDefinitionNode, errors: list[GraphQLError]) -> Size:
        try:
            size = scale.operation(node)
        except TooDeepError:
            _, advice = _TOLD["depth"]
            message = f"The operation is nested deeper than the limit of {self._settings.depth} levels. {advice}"
            errors.append(GraphQLError(message, node, extensions={"code": CODE, "limit": "depth"}))
            return Size()
        errors.extend(self._exceeded(size, node))
        return size

    def _exceeded(self, size: Size, node: OperationDefinitionNode) -> Iterator[GraphQLError]:
        own = self._settings
        for name, measured, limit in (
            ("depth", size.depth, own.depth),
            ("introspectionDepth", size.introspection_depth, MAX_INTROSPECTION_DEPTH),
            ("aliases", size.aliases, own.aliases),
            ("rootFields", size.fields, own.root_fields),
            ("cost", size.cost, own.cost),
        ):
            if measured > limit:
                yield _refusal(name, measured, limit, node)

    def _validated(self, document: DocumentNode) -> list[GraphQLError]:
        errors = validate(self._schema, document, _RULES_FIRST)
        errors = errors or validate(self._schema, document, (OverlappingFieldsCanBeMergedRule,))
        if any(isinstance(error, ValidationAbortedError) for error in errors[:1]):
            return [_tangled()]
        return [_coded(error, "GRAPHQL_VALIDATION_FAILED") for error in errors]

    def _unparsed(self, error: GraphQLError) -> GraphQLError:
        if _TOO_MANY_TOKENS not in error.message:
            return _coded(error, "GRAPHQL_PARSE_FAILED")
        limit = self._settings.tokens
        message = (
            f"The text has more than {limit:,} words and signs. Leave out what is not used, or send less at a time."
        )
        return GraphQLError(message, extensions={"code": CODE, "limit": "tokens", "allowed": limit})


def _refusal(name: str, measured: int, limit: int, node: OperationDefinitionNode) -> GraphQLError:
    what, advice = _TOLD[name]
    told = f"{measured:,}" if measured < _ASTRONOMIC else "more than a thousand million"
    message = f"The operation has {told} {what}; the limit is {limit:,}. {advice}"
    numbers = {"requested": min(measured, _ASTRONOMIC), "allowed": limit}
    return GraphQLError(message, node, extensions={"code": CODE, "limit": name, **numbers})


def _tangled() -> GraphQLError:
    message = "The operation repeats the same fields too often to be checked. Ask for each field once in each place."
    return GraphQLError(message, extensions={"code": CODE, "limit": "repetition"})


def _coded(error: GraphQLError, code: str) -> GraphQLError:
    """The same error with a code."""
    return GraphQLError(
        error.message, error.nodes, error.source, error.positions, error.path, extensions={"code": code}
    )
