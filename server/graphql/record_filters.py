"""What lists of records of declared kinds can be narrowed by."""

from collections.abc import Iterator, Sequence

import strawberry

from server.domain.filters import RecordFilter as Narrowed
from server.domain.filters import Stand
from server.domain.ids import parse_ref
from server.engine.facts import Kind
from server.engine.machines import Machine
from server.graphql.arguments import known, read_id
from server.graphql.field_filters import FieldFilter, criteria
from server.graphql.inputs import CAN_DO
from server.graphql.nodes import Nodes
from server.graphql.possible_filters import button


@strawberry.input(description="Narrows a list of records of the kinds that a program declares. All given must hold.")
class RecordFilter:
    """See the description."""

    kind_in: list[str] | None = strawberry.field(
        default=strawberry.UNSET, description="It is of one of these kinds of the rules, by key."
    )
    status_in: list[str] | None = strawberry.field(
        default=strawberry.UNSET,
        description="It is in one of these statuses of a machine of its kind; without it, all but removed ones.",
    )
    about_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="It is linked to this record."
    )
    fields: list[FieldFilter] | None = strawberry.field(
        default=strawberry.UNSET, description="What it holds in fields that the rules declare."
    )
    can_do: str | None = strawberry.field(default=strawberry.UNSET, description=CAN_DO)


def narrowed_records(nodes: Nodes, program_id: int, given: RecordFilter | None) -> Narrowed:
    """The filter in the words of one program; raises BAD_USER_INPUT for words it does not have."""
    asked = given or RecordFilter()
    rules = nodes.rules(program_id)
    kinds = tuple(known("kind", key, rules.kinds) for key in asked.kind_in or rules.kinds)
    can_do = button(rules, Kind.RECORD, asked.can_do)
    if can_do is not None:
        kinds = tuple(kind for kind in kinds if kind == rules.ends(rules.transitions[can_do])[0])
    machines = [machine for kind in kinds for machine in rules.machines_of(kind)]
    about = asked.about_id
    return Narrowed(
        kinds,
        tuple(_standing(nodes, program_id, machines, asked.status_in)) if asked.status_in else None,
        () if asked.status_in else tuple(_removed(machines)),
        read_id(lambda: parse_ref(about)) if about else None,
        criteria(nodes, program_id, [f for kind in kinds for f in rules.fields_of(kind)], asked.fields or None),
        can_do,
    )


def _standing(nodes: Nodes, program_id: int, machines: Sequence[Machine], wanted: Sequence[str]) -> Iterator[Stand]:
    """Where a record may stand: in a wanted status of any machine that has it, or once had it."""
    every = {machine.key: nodes.statuses(program_id, machine.key) for machine in machines}
    for key in wanted:
        known("status", key, {status: None for statuses in every.values() for status in statuses})
    for machine in machines:
        there = tuple(key for key in wanted if key in every[machine.key])
        if there:
            yield Stand(machine.owner, machine.key, there, machine.start in there)


def _removed(machines: Sequence[Machine]) -> Iterator[Stand]:
    for machine in machines:
        hidden = tuple(key for key, status in machine.statuses.items() if status.removed)
        if hidden:
            yield Stand(machine.owner, machine.key, hidden, machine.start in hidden)
