"""What every record has in common: an id, and for those with a life cycle their statuses and what comes next."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import strawberry

from server.domain.access import FieldClass
from server.domain.fields import Standing
from server.domain.filters import Slice, Total, Window
from server.domain.matches import Match as MatchRow
from server.domain.people import Persona as PersonaRow
from server.domain.people import Program as ProgramRow
from server.domain.people import Site as SiteRow
from server.domain.people import User as UserRow
from server.domain.records import Record as RecordRow
from server.engine.facts import Ref, Sort
from server.engine.ruleset import Field
from server.graphql.levels import Group, ids, kind_of, refs, wrapped
from server.graphql.paging import BY_ID, After, Before, First, Last, window
from server.graphql.types.fields import FieldValue, field_values, former_values
from server.graphql.types.lists import Connection
from server.graphql.types.rules import Status

if TYPE_CHECKING:
    from server.graphql.types.history import StatusChange
    from server.graphql.types.offers import TransitionOption
    from server.graphql.types.programs import Program

ProgramType = Annotated["Program", strawberry.lazy("server.graphql.types.programs")]
OptionType = Annotated["TransitionOption", strawberry.lazy("server.graphql.types.offers")]
ChangeType = Annotated["StatusChange", strawberry.lazy("server.graphql.types.history")]

IncludeBlocked = Annotated[
    bool, strawberry.argument(description="Whether those come along that are not possible now, each with every reason.")
]
AtMoment = Annotated[datetime, strawberry.argument(description="The moment; one in the future means now.")]
Moment = tuple[str, str, datetime]
"""A machine, the status a record has in it, and since when."""
Found = TypeVar("Found")


@strawberry.interface(description="Anything that has a global id.")
class Node:
    """See the description."""

    id: strawberry.ID = strawberry.field(description="The global id, such as Persona-7.")


@strawberry.type(description="A status that a record has now.")
class SubjectStatus:
    """See the description."""

    machine: str = strawberry.field(description="The key of the machine.")
    status: Status = strawberry.field(description="The status.")
    since: datetime = strawberry.field(description="Since when, by the date the change took effect.")


@strawberry.interface(
    description="A record with a life cycle: it has statuses, a history, and things that can be done."
)
class Subject(Node):
    """See the description."""

    row: strawberry.Private[UserRow | PersonaRow | MatchRow | RecordRow | ProgramRow | SiteRow]
    group: strawberry.Private[Group[Any]]
    version: int = strawberry.field(
        description="Grows with every change; send it as expectedVersion to change only what you have seen."
    )

    def program_id(self) -> int:
        """The program the record belongs to."""
        raise NotImplementedError  # Strawberry's interfaces cannot be abstract; every kind of record says it

    def moments(self) -> Sequence[Moment]:
        """The statuses the record has."""
        return ()

    def sort(self) -> Sort:
        """What the rules call records like this."""
        return kind_of(self.group)

    @strawberry.field(description="The program it belongs to.")
    def program(self) -> ProgramType:
        """See the description."""
        return self.group.nodes.program(self.program_id())

    @strawberry.field(description="Every status it has now, in the order of the rules file.")
    def statuses(self) -> list[SubjectStatus]:
        """See the description."""
        nodes, program = self.group.nodes, self.program_id()
        return [
            SubjectStatus(machine=machine, status=nodes.status(program, machine, key), since=since)
            for machine, key, since in (*self.moments(), *self.standing())
        ]

    @strawberry.field(
        description="Every status it had at a moment, by the dates on which changes took effect, as history has them; "
        "empty when it was not there yet, and where you do not see its history."
    )
    def statuses_at(self, moment: AtMoment) -> list[SubjectStatus]:
        """See the description."""
        nodes, program = self.group.nodes, self.program_id()
        order = list(nodes.rules(program).machines)
        return [
            SubjectStatus(machine=machine, status=nodes.status(program, machine, key), since=since)
            for machine, (key, since) in sorted(self._stood(moment).items(), key=lambda each: _place(order, each[0]))
        ]

    @strawberry.field(
        description="What it held at a moment in the fields that its program declares today, by the dates on which "
        "changes took effect; nothing in one of which that is not known any more. Empty when it was not there yet, and "
        "where you do not see its history."
    )
    def fields_at(self, moment: AtMoment) -> list[FieldValue]:
        """See the description."""
        held = self.group.once(("former", moment), lambda: _former(self.group, moment)).get(self.ref())
        if held is None or not self._was_there(moment):
            return []
        return former_values(self, self.group.nodes.rules(self.program_id()).fields_of(self.sort()), held)

    def _was_there(self, moment: datetime) -> bool:
        """Whether history had it at a moment; the program and its sites have been there from the beginning."""
        return isinstance(self.row, ProgramRow | SiteRow) or bool(self._stood(moment))

    def _stood(self, moment: datetime) -> Mapping[str, Standing]:
        return self.group.once(("stood", moment), lambda: _stood(self.group, moment)).get(self.ref(), {})

    def standing(self) -> list[Moment]:
        """Where it stands in the machines that its program declares; at their start if it was never moved."""
        if self.group.kind is None:
            return []
        own = self.group.nodes.rules(self.program_id()).machines_of(self.sort())
        machines = [machine for machine in own if machine.is_declared]
        if not machines:
            return []
        stands = self.group.once("standings", lambda: _standings(self.group)).get(self.ref(), {})
        if isinstance(self.row, ProgramRow | SiteRow):  # they began with the rules, unless that is not for the caller
            return [(m.key, *stands[m.key]) for m in machines if m.key in stands]
        begun = self.row.created_at
        return [(m.key, *stands.get(m.key, Standing(m.start, begun))) for m in machines]

    def held(self) -> Mapping[str, Sequence[str]]:
        """What it holds, by field, whoever asks."""
        kept = self.group.once("fields", lambda: _held(self.group)).get(self.ref(), {})
        return {**kept, **self.group.once("derived", lambda: _derived(self.group)).get(self.ref(), {})}

    def shows(self, field: Field) -> bool:
        """Whether a rule shows the caller a field of it, whatever the field's class."""
        if not field.shown_to:
            return False
        read, program = self.group.nodes.read, self.program_id()
        there = self.group.once(("shows", program, field.key), lambda: read.showing(program, field, ids(self.group)))
        return self.row.id in there

    @strawberry.field(
        description="What it holds in the fields that its program declares, and what is worked out of it."
    )
    def fields(self) -> list[FieldValue]:
        """See the description."""
        if self.group.kind is None:
            return []
        rules, sort = self.group.nodes.rules(self.program_id()), self.sort()
        return field_values(self, (*rules.fields_of(sort), *rules.derived_of(sort)))

    @strawberry.field(
        description="What you can do next. A user's list includes its personas and their matches, "
        "a persona's its matches; each entry names its subject."
    )
    def available_transitions(self, include_blocked: IncludeBlocked = False) -> list[OptionType]:
        """See the description."""
        own = self.group.once("offers", lambda: _options(self.group)).get(self.ref(), [])
        return [option for option in own if include_blocked or option.allowed]

    @strawberry.field(description="The changes of its own statuses, oldest first.")
    def history(
        self,
        first: First = strawberry.UNSET,
        after: After = strawberry.UNSET,
        last: Last = strawberry.UNSET,
        before: Before = strawberry.UNSET,
    ) -> Connection[ChangeType]:
        """See the description."""
        page = window(BY_ID, first, after, last, before)
        return self.group.once(("history", page), lambda: _histories(self.group, page))[self.row.id]

    def ref(self) -> Ref:
        """The record as rules and history name it."""
        return Ref(kind_of(self.group), self.row.id)

    def shown(self) -> frozenset[FieldClass]:
        """The classes of field that are shown of it; none: it is seen only as a partner."""
        return self.group.nodes.read.classes(kind_of(self.group), self.row.id, self.program_id())

    def show(self, classes: frozenset[FieldClass]) -> None:
        """Takes down that a field of these classes has been shown."""
        self.group.nodes.read.show(kind_of(self.group), self.row.id, self.program_id(), classes)


_NO_CHANGES: Slice[Any] = Slice((), (), has_next=False, has_previous=False)
_NONE = Total(0, capped=False)


def _standings(group: Group[Any]) -> Mapping[Ref, Mapping[str, Standing]]:
    return group.nodes.read.standings(refs(group))


def _stood(group: Group[Any], moment: datetime) -> Mapping[Ref, Mapping[str, Standing]]:
    past = group.nodes.read.past
    return _by_program(group, lambda own, program: past.statuses_at(own, program, moment))


def _former(group: Group[Any], moment: datetime) -> Mapping[Ref, Mapping[str, Sequence[str]]]:
    past = group.nodes.read.past
    return _by_program(group, lambda own, program: past.fields_at(own, program, moment))


def _by_program(group: Group[Any], load: Callable[[Sequence[Ref], int], Mapping[Ref, Found]]) -> dict[Ref, Found]:
    """What is loaded of the records of a level, program by program."""
    found: dict[Ref, Found] = {}
    programs = {row.id: row.program_id for row in group.rows}
    for program in dict.fromkeys(programs.values()):
        found.update(load([ref for ref in refs(group) if programs[ref.id] == program], program))
    return found


def _place(order: Sequence[str], machine: str) -> int:
    """The place of a machine in the rules; those that the rules have dropped come last."""
    return order.index(machine) if machine in order else len(order)


def _held(group: Group[Any]) -> Mapping[Ref, Mapping[str, Sequence[str]]]:
    return group.nodes.read.held(refs(group))


def _derived(group: Group[Any]) -> Mapping[Ref, Mapping[str, Sequence[str]]]:
    programs = {row.id: row.program_id for row in group.rows}
    return group.nodes.derived(refs(group), [programs[number] for number in ids(group)])


def _options(group: Group[Any]) -> dict[Ref, list["TransitionOption"]]:
    programs = {row.id: row.program_id for row in group.rows}
    return group.nodes.options(refs(group), [programs[number] for number in ids(group)])


def _histories(group: Group[Any], page: Window) -> dict[int, Connection["StatusChange"]]:
    """One page of history for each record of the level, in one statement."""
    nodes, kind = group.nodes, kind_of(group)
    found = nodes.read.history_of(kind, ids(group), page)
    slices = {number: found.get(number, _NO_CHANGES) for number in ids(group)}
    changes = wrapped({number: part.rows for number, part in slices.items()}, nodes.changes)

    def total(number: int) -> Total:
        totals = group.once("history totals", lambda: nodes.read.history_totals(kind, ids(group)))
        return totals.get(number, _NONE)

    return {
        number: Connection.of(BY_ID, part, changes[number], partial(total, number)) for number, part in slices.items()
    }
