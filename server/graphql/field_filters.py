"""What lists can be narrowed by beside statuses: the fields that a program declares."""

from collections.abc import Sequence

import strawberry

from server.domain.fields import FieldCriterion
from server.engine.ruleset import Field
from server.engine.values import CHOICE, ORDERED, canonical, order_key
from server.graphql.arguments import bad_input, check_length, known
from server.graphql.nodes import Nodes

LIMIT = 10
"""How many fields one filter may look at."""
AMONG_LIMIT = 100


@strawberry.input(description="Narrows a list by a field that the rules declare. All that is given must hold.")
class FieldFilter:
    """See the description."""

    key: str = strawberry.field(description="The key of the field.")
    among: list[str] | None = strawberry.field(
        name="in", default=strawberry.UNSET, description="It holds one of these values."
    )
    low: str | None = strawberry.field(
        name="from", default=strawberry.UNSET, description="It holds this or more, where its values have an order."
    )
    high: str | None = strawberry.field(
        name="to", default=strawberry.UNSET, description="It holds this or less, where its values have an order."
    )
    is_set: bool | None = strawberry.field(default=strawberry.UNSET, description="Whether it holds anything.")


def criteria(
    nodes: Nodes, program_id: int, own: Sequence[Field], given: Sequence[FieldFilter] | None
) -> tuple[FieldCriterion, ...]:
    """The criteria of a filter on these fields. Nobody is found by a field that the caller does not see on them."""
    if not given:
        return ()
    if len(given) > LIMIT:
        raise bad_input(f"A filter may look at {LIMIT} fields at the most, not {len(given)}.")
    fields = {field.key: field for field in own}
    return tuple(_criterion(nodes, program_id, fields[known("field", one.key, fields)], one) for one in given)


def _criterion(nodes: Nodes, program_id: int, field: Field, given: FieldFilter) -> FieldCriterion:
    among = None if given.among is strawberry.UNSET or given.among is None else given.among
    check_length(among or (), AMONG_LIMIT)
    low, high = (_limit(field, text) for text in (given.low, given.high))
    is_set = None if given.is_set is strawberry.UNSET else given.is_set
    if is_set is False and (among is not None or low or high):
        raise bad_input(f"{field.key} cannot hold a value and be empty: leave isSet out.")
    return FieldCriterion(
        field.key,
        nodes.read.sight_of(program_id, field),
        None if among is None else tuple(_value(field, text) for text in among),
        low,
        high,
        is_set,
    )


def _limit(field: Field, text: str | None) -> str | None:
    if text is None or text is strawberry.UNSET:
        return None
    if field.type not in ORDERED:
        raise bad_input(f"{field.key} has no order: use in, not from and to.")
    return order_key(field.type, _value(field, text))


def _value(field: Field, text: str) -> str:
    if field.type == CHOICE:
        return known("choice", text, [choice.key for choice in field.choices])
    found = canonical(field.type, text)
    if found is None:
        raise bad_input(f'"{text[:40]}" is no value of the type {field.type}, which {field.key} is.')
    return found
