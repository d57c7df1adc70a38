"""The records of declared kinds that are linked to a record."""

from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from server.graphql.arguments import known
from server.graphql.levels import Group, ids, wrapped
from server.graphql.types.subjects import Subject

if TYPE_CHECKING:
    from server.graphql.types.records import Record

RecordType = Annotated["Record", strawberry.lazy("server.graphql.types.records")]
OfKind = Annotated[str | None, strawberry.argument(description="Only records of this kind of the rules, by key.")]
LINKED = "The records of further kinds that are linked to it, in the order they were made, without removed ones."


def linked_records(subject: Subject, kind: str | None) -> list["Record"]:
    """Those linked to one record; the first question answers for all records of its level."""
    group, kinds = subject.group, subject.group.nodes.rules(subject.program_id()).kinds
    wanted = kind if kind is None else known("kind", kind, kinds)
    if not kinds:
        return []
    own = group.once("records", lambda: _linked(group)).get(subject.row.id, [])
    return [each for each in own if wanted in {None, each.row.kind} and not each.is_removed()]


def _linked(group: Group[Any]) -> dict[int, list["Record"]]:
    nodes = group.nodes
    return {} if group.kind is None else wrapped(nodes.read.further.linked_to(group.kind, ids(group)), nodes.records)
