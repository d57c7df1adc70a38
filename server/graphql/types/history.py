"""History: what changed, from what to what, by whom, why, and under which version of the rules."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Optional

import strawberry

from server.domain.access import FieldClass
from server.domain.history import StatusChange as ChangeRow
from server.domain.ids import STATUS_CHANGE, GlobalId
from server.domain.people import first_name
from server.domain.vocabulary import Acts
from server.engine.facts import Kind, Ref
from server.engine.plan import Change
from server.engine.ruleset import PLATFORM
from server.engine.ruleset import Ruleset as Rules
from server.graphql.levels import Group, by_id, ids, wrapped
from server.graphql.paging import BY_ID, cursor_of
from server.graphql.types.answers import Answer, answers_of
from server.graphql.types.corrections import Correction, correction_of, told_corrections
from server.graphql.types.offers import TransitionBlocker
from server.graphql.types.rules import Status
from server.graphql.types.subjects import Node, Subject

if TYPE_CHECKING:
    from server.graphql.nodes import Nodes
    from server.graphql.types.people import User

UserType = Annotated["User", strawberry.lazy("server.graphql.types.people")]


@strawberry.type(description="One row of history. Rows are never changed nor deleted.")
class StatusChange(Node):
    """See the description."""

    row: strawberry.Private[ChangeRow]
    group: strawberry.Private[Group[ChangeRow]]
    machine: str = strawberry.field(description="The key of the machine whose status changed.")
    transition: str = strawberry.field(description="The key of the transition, or of the act that moved no status.")
    note: str | None = strawberry.field(description="What the person noted; null when you may not see it.")
    effective_at: datetime = strawberry.field(description="When it took effect.")
    recorded_at: datetime = strawberry.field(description="When it was entered.")
    rules_revision: str = strawberry.field(description="The version of the rules that allowed it.")

    @classmethod
    def of(cls, row: ChangeRow, group: Group[ChangeRow]) -> "StatusChange":
        """One row; ``group`` holds all rows that were found together."""
        return cls(
            row=row,
            group=group,
            id=strawberry.ID(str(GlobalId(STATUS_CHANGE, row.id))),
            machine=row.machine,
            transition=row.transition,
            note=row.note,
            effective_at=row.effective_at,
            recorded_at=row.recorded_at,
            rules_revision=row.revision,
        )

    @strawberry.field(description="Its place in every list of history; send it as `after` to read on from here.")
    def cursor(self) -> str:
        """See the description."""
        return cursor_of(BY_ID, [self.row.id])

    @strawberry.field(
        description="Who did it; the platform itself for what follows by the rules. "
        "Of a mentor or mentee whose record you do not see in full only the first name."
    )
    def actor_name(self) -> str:
        """See the description."""
        name = _actor(self.group.nodes.rules(self.row.program_id), self.row)
        person = self.row.actor_user_id
        if person is None or person in self.group.once("actors", lambda: _actors(self.group)):
            return name
        return first_name(name)

    @strawberry.field(
        description="Whoever did it, if they have a record here that you may see; null for the platform and for staff."
    )
    def actor(self) -> UserType | None:
        """See the description."""
        if self.row.by_platform or self.row.actor_user_id is None:
            return None
        return self.group.once("actor records", lambda: _people(self.group)).get(self.row.actor_user_id)

    @strawberry.field(description="The record whose status changed.")
    def subject(self) -> Subject:
        """See the description."""
        return self.group.once("subjects", lambda: _subjects(self.group))[Ref(self.row.kind, self.row.subject_id)]

    @strawberry.field(name="from", description="The status before; null for the first one of a new record.")
    def before(self) -> Status | None:
        """See the description."""
        return self._status(self.row.before) if self.row.before is not None else None

    @strawberry.field(description="The status afterwards; the same as before for an act that moved none.")
    def to(self) -> Status:
        """See the description."""
        return self._status(self.row.after)

    @strawberry.field(description="The answers that were given, as far as you may see them.")
    def answers(self) -> list[Answer]:
        """See the description."""
        return answers_of(self.group.nodes.rules(self.row.program_id), self.row.answers, self)

    @strawberry.field(description="The change that this one follows from; null when somebody asked for it.")
    def caused_by(self) -> Optional["StatusChange"]:
        """See the description."""
        if self.row.caused_by is None:
            return None
        return self.group.once("causes", lambda: _originals(self.group)).get(self.row.caused_by)

    @strawberry.field(description="The changes that followed directly from this one.")
    def causes(self) -> list["StatusChange"]:
        """See the description."""
        return self.group.once("effects", lambda: _effects(self.group)).get(self.row.id, [])

    @strawberry.field(description="The change that this one took back; null when it is no undo.")
    def undoes(self) -> Optional["StatusChange"]:
        """See the description."""
        if self.row.undoes is None:
            return None
        return self.group.once("undone", lambda: _undone(self.group)).get(self.row.undoes)

    @strawberry.field(description="The change that took this one back; null while it stands.")
    def undone_by(self) -> Optional["StatusChange"]:
        """See the description."""
        return self.group.once("undoing", lambda: _undoing(self.group)).get(self.row.id)

    @strawberry.field(description="Whether you can take back the act to which it belongs, with all that followed.")
    def can_undo(self) -> bool:
        """See the description."""
        return not self.undo_blockers()

    @strawberry.field(description="Every reason why you cannot take it back; empty when you can.")
    def undo_blockers(self) -> list[TransitionBlocker]:
        """See the description."""
        group = self.group
        return group.once("undo blockers", lambda: group.nodes.undo_blockers(group.rows))[self.row.act_id]

    @strawberry.field(description="How its note and answers were put right, as far as you may see them; in order.")
    def corrections(self) -> list[Correction]:
        """See the description."""
        found = self.group.once("corrections", lambda: _corrections(self.group)).get(self.row.act_id, [])
        return told_corrections(found, self)

    @strawberry.field(
        description="The change whose note or answers this one put right, the first one of its act; "
        "null when it is no correction."
    )
    def corrects(self) -> Optional["StatusChange"]:
        """See the description."""
        if self.row.transition != Acts.CORRECT_HISTORY:
            return None
        return self.group.once("corrected", lambda: _corrected(self.group)).get(self.row.act_id)

    def shown(self) -> frozenset[FieldClass]:
        """The classes of field that are shown of the record whose status changed."""
        return self.group.nodes.read.classes(self.row.kind, self.row.subject_id, self.row.program_id)

    def show(self, classes: frozenset[FieldClass]) -> None:
        """Takes down that a field of these classes has been shown."""
        self.group.nodes.read.show(self.row.kind, self.row.subject_id, self.row.program_id, classes)

    def _status(self, key: str) -> Status:
        return self.group.nodes.status(self.row.program_id, self.row.machine, key)


def _actor(rules: Rules, row: ChangeRow) -> str:
    """The name of whoever did it; what moved by itself was done by the actor that is the platform."""
    platform = rules.actors.get(PLATFORM)
    return platform.label if row.by_platform and platform else row.actor_name


def _actors(group: Group[ChangeRow]) -> frozenset[int]:
    """Those of the people who did something that are seen in full."""
    found: frozenset[int] = frozenset()
    for program_id in {row.program_id for row in group.rows}:
        people = {row.actor_user_id for row in group.rows if row.program_id == program_id and row.actor_user_id}
        found |= group.nodes.read.full(Kind.USER, people, program_id)
    return found


def _people(group: Group[ChangeRow]) -> dict[int, "User"]:
    wanted = {row.actor_user_id for row in group.rows if row.actor_user_id is not None}
    return by_id(group.nodes.read.users(sorted(wanted)), group.nodes.users)


def _subjects(group: Group[ChangeRow]) -> dict[Ref, Subject]:
    return group.nodes.subjects([Ref(row.kind, row.subject_id) for row in group.rows])


def _originals(group: Group[ChangeRow]) -> dict[int, StatusChange]:
    wanted = {row.caused_by for row in group.rows if row.caused_by is not None}
    return by_id(group.nodes.read.changes(sorted(wanted)), group.nodes.changes)


def _undone(group: Group[ChangeRow]) -> dict[int, StatusChange]:
    wanted = {row.undoes for row in group.rows if row.undoes is not None}
    return by_id(group.nodes.read.changes(sorted(wanted)), group.nodes.changes)


def _undoing(group: Group[ChangeRow]) -> dict[int, StatusChange]:
    found = group.nodes.read.past.undone_by(ids(group))
    return dict(zip(found, group.nodes.changes(list(found.values())), strict=True))


def _corrections(group: Group[ChangeRow]) -> dict[int, list[Correction]]:
    """What was put right of each act, with the rows of history that tell of it as one level."""
    nodes = group.nodes
    found = nodes.read.past.corrections_of([row.act_id for row in group.rows])
    wanted = sorted({part.change_id for parts in found.values() for part in parts if part.change_id is not None})
    changes = by_id(nodes.read.changes(wanted), nodes.changes)
    return {
        act: [
            correction_of(part, nodes.rules(changes[part.change_id].row.program_id), changes[part.change_id])
            for part in parts
            if part.change_id in changes
        ]
        for act, parts in found.items()
    }


def _corrected(group: Group[ChangeRow]) -> dict[int, StatusChange]:
    read = group.nodes.read
    found = read.past.corrected_by([row.act_id for row in group.rows if row.transition == Acts.CORRECT_HISTORY])
    changes = by_id(read.changes(sorted(set(found.values()))), group.nodes.changes)
    return {act: changes[first] for act, first in found.items() if first in changes}


def _effects(group: Group[ChangeRow]) -> dict[int, list[StatusChange]]:
    return wrapped(group.nodes.read.effects_of(ids(group)), group.nodes.changes)


@strawberry.type(description="A change that a dry run would have made.")
class PlannedChange:
    """See the description."""

    subject: Subject | None = strawberry.field(description="The record; null when it would only be made.")
    machine: str = strawberry.field(description="The key of the machine whose status would change.")
    before: Status | None = strawberry.field(name="from", description="The status before; null for a new record.")
    to: Status = strawberry.field(description="The status afterwards.")
    transition: str = strawberry.field(description="The key of the transition.")
    creates: str | None = strawberry.field(
        description="What the rules call a record that would be made: user, persona, pair or a kind; else null."
    )


def planned(
    nodes: "Nodes", program_id: int, changes: Sequence[Change], found: Mapping[Ref, Subject] | None = None
) -> list[PlannedChange]:
    """The changes of a plan that was not carried out. ``found``: the records of several plans, read together."""
    subjects = nodes.subjects([change.subject for change in changes]) if found is None else found
    machines = nodes.rules(program_id).machines
    return [
        PlannedChange(
            subject=subjects.get(change.subject),
            machine=change.machine,
            before=nodes.status(program_id, change.machine, change.before) if change.before else None,
            to=nodes.status(program_id, change.machine, change.after),
            transition=change.transition,
            creates=str(machines[change.machine].owner) if change.subject.id < 0 else None,
        )
        for change in changes
    ]
