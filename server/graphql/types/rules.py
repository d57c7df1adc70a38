"""The rules as data: statuses, transitions and machines are objects, because administrators edit them."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from server.drawing.chart import Format
from server.engine.facts import Kind, Sort, kind_of
from server.engine.machines import Machine as MachineRules
from server.engine.machines import Status as StatusRules
from server.engine.questions import Question
from server.engine.ruleset import Ruleset as Rules
from server.engine.ruleset import Transition as TransitionRules
from server.graphql.arguments import known
from server.graphql.enums import ChartFormat, StatusCategory, SubjectKind
from server.graphql.mutations.named import MUTATION_OF
from server.graphql.types.diagnostics import Diagnostic

if TYPE_CHECKING:
    from server.graphql.nodes import Nodes
    from server.graphql.types.fields import FieldDefinition

FieldDefinitionType = Annotated["FieldDefinition", strawberry.lazy("server.graphql.types.fields")]


@strawberry.type(description="One status of one machine, as the program's rules describe it.")
class Status:
    """See the description."""

    machine: str = strawberry.field(description="The key of the machine it belongs to.")
    key: str = strawberry.field(description="The stable key, which filters and mutations take.")
    label: str = strawberry.field(description="The name for people.")
    short: str | None = strawberry.field(description="An abbreviation, where there is one.")
    description: str | None = strawberry.field(description="What it means.")
    category: StatusCategory = strawberry.field(description="Its kind of box in the flow chart.")
    colour: str = strawberry.field(description="The colour of that box.")
    position: int = strawberry.field(description="Its place in the order of the rules file, counted from 0.")
    is_initial: bool = strawberry.field(description="Whether new records start in it; some, where that depends.")
    is_retired: bool = strawberry.field(description="Whether the rules have dropped it; history still names it.")

    @classmethod
    def of(cls, rules: StatusRules, *, is_retired: bool = False) -> "Status":
        """The status of a rules file, or one that is remembered from an earlier file."""
        return cls(
            machine=rules.machine,
            key=rules.key,
            label=rules.label,
            short=rules.short,
            description=rules.description,
            category=StatusCategory(rules.category),
            colour=rules.colour,
            position=rules.position,
            is_initial=rules.is_initial,
            is_retired=is_retired,
        )


@strawberry.type(description="One answer that a question takes.")
class InputChoice:
    """See the description."""

    key: str = strawberry.field(description="What to send.")
    label: str = strawberry.field(description="What to show.")


@strawberry.type(description="A question that a transition asks.")
class InputField:
    """See the description."""

    key: str = strawberry.field(description="The key of the answer.")
    label: str = strawberry.field(description="The question.")
    type: str = strawberry.field(
        description="choice, choices (any number of them), text, date, integer, boolean or reference (a site's key)."
    )
    is_required: bool = strawberry.field(description="Whether it must be answered.")
    choices: list[InputChoice] | None = strawberry.field(
        description="The possible answers; null when the type is neither choice nor choices."
    )


def input_fields(questions: Sequence[Question]) -> list[InputField]:
    """Questions in the order they are asked."""
    return [
        InputField(
            key=question.input.key,
            label=question.input.label,
            type="choices" if question.input.several else question.input.type,
            is_required=question.required,
            choices=[InputChoice(key=choice.key, label=choice.label) for choice in question.input.choices] or None,
        )
        for question in questions
    ]


@strawberry.type(description="One allowed move: a button that people press, or something that happens by itself.")
class Transition:
    """See the description."""

    rules: strawberry.Private[Rules]
    row: strawberry.Private[TransitionRules]
    key: str = strawberry.field(description="The stable id, as performTransition and history name it.")
    label: str = strawberry.field(description="The text of the button.")
    help: str | None = strawberry.field(description="When to use it.")
    machine: str = strawberry.field(description="The key of the machine whose status it changes.")
    creates: str | None = strawberry.field(description="user, persona or pair when it makes a new record, else null.")
    is_automatic: bool = strawberry.field(description="Whether the platform carries it out by itself.")
    happens: list[str] = strawberry.field(
        description="How it happens by itself, each way in words; empty when somebody has to press it."
    )
    actors: list[str] = strawberry.field(description="The keys of the actors who may press it; SYSTEM is the platform.")
    mutation: str | None = strawberry.field(description="The mutation of its own name, where there is one.")
    line: int | None = strawberry.field(description="The line of the rules file where it stands.")

    @classmethod
    def of(cls, rules: Rules, row: TransitionRules) -> "Transition":
        """A transition of these rules."""
        return cls(
            rules=rules,
            row=row,
            key=row.id,
            label=row.label,
            help=row.help,
            machine=row.machine,
            creates=None if row.creates is None else str(row.creates),
            is_automatic=row.event is not None or row.automatic is not None,
            happens=[
                *([f"when {row.event} is reported"] if row.event else []),
                *([row.automatic.spoken()] if row.automatic else []),
            ],
            actors=[actor for actor in rules.actors if actor in row.allow] or sorted(row.allow),
            mutation=MUTATION_OF.get(row.id),
            line=row.place.line,
        )

    @strawberry.field(name="from", description="The statuses it starts from; empty when it makes a new record.")
    def sources(self) -> list[Status]:
        """See the description."""
        return statuses_of(self.rules, self.row, self.row.sources)

    @strawberry.field(description="The status it leads to; null when that depends, as where it stays as it is.")
    def to(self) -> Status | None:
        """See the description."""
        target = self.row.target
        return None if target is None else Status.of(self.rules.status(self.row.machine, target))

    @strawberry.field(
        description="Every status it can lead to; those it starts from where it leaves the status as it is."
    )
    def targets(self) -> list[Status]:
        """See the description."""
        return statuses_of(self.rules, self.row, self.row.targets)

    @strawberry.field(description="The questions it asks.")
    def inputs(self) -> list[InputField]:
        """See the description."""
        return input_fields([replace(asked, required=asked.insists) for asked in self.row.asks])


def statuses_of(rules: Rules, row: TransitionRules, keys: Collection[str]) -> list[Status]:
    """Some statuses of the machine of a transition, in the order of the rules file."""
    machine = rules.machines[row.machine]
    return [Status.of(status) for key, status in machine.statuses.items() if key in keys]


def owner_of(sort: Sort) -> SubjectKind:
    """What the API calls a kind of record that carries statuses."""
    return SubjectKind(kind_of(sort).value)


def declared_kind(sort: Sort) -> str | None:
    """The key of a kind that the rules declare; None for the standing ones."""
    return sort if kind_of(sort) is Kind.RECORD else None


@strawberry.type(description="One kind of status with its transitions, such as Match Status.")
class StateMachine:
    """See the description."""

    nodes: strawberry.Private["Nodes"]
    rules: strawberry.Private[Rules]
    program_id: strawberry.Private[int]
    row: strawberry.Private[MachineRules]
    key: str = strawberry.field(description="The key in the rules file.")
    label: str = strawberry.field(description="The name for people.")
    owner: SubjectKind = strawberry.field(description="What carries this status.")
    of_kind: str | None = strawberry.field(description="The key of the kind, if the owner is a RECORD; else null.")

    @classmethod
    def of(cls, nodes: "Nodes", program_id: int, rules: Rules, row: MachineRules) -> "StateMachine":
        """A machine of these rules."""
        return cls(
            nodes=nodes,
            program_id=program_id,
            rules=rules,
            row=row,
            key=row.key,
            label=row.label,
            owner=owner_of(row.owner),
            of_kind=declared_kind(row.owner),
        )

    @strawberry.field(description="The statuses in the order of the rules file.")
    def statuses(
        self,
        include_retired: Annotated[
            bool, strawberry.argument(description="Whether those come along that the rules have dropped.")
        ] = False,
    ) -> list[Status]:
        """See the description."""
        present = [Status.of(status) for status in self.row.statuses.values()]
        retired = self.nodes.retired(self.program_id, self.row.key).values() if include_retired else ()
        return [*present, *retired]

    @strawberry.field(description="The transitions in the order of the rules file.")
    def transitions(
        self,
        from_: Annotated[
            str | None, strawberry.argument(name="from", description="Only those that start from this status.")
        ] = strawberry.UNSET,
        to: Annotated[
            str | None, strawberry.argument(description="Only those that lead to this status.")
        ] = strawberry.UNSET,
    ) -> list[Transition]:
        """See the description."""
        for key in (from_, to):
            if key:
                known("status", key, self.row.statuses)
        return [
            Transition.of(self.rules, row)
            for row in self.rules.transitions.values()
            if row.machine == self.row.key and (not from_ or from_ in row.sources) and (not to or to in row.targets)
        ]


@strawberry.type(description="The rules in force in one program.")
class Ruleset:
    """See the description."""

    nodes: strawberry.Private["Nodes"]
    rules: strawberry.Private[Rules]
    program_id: strawberry.Private[int]
    revision: str = strawberry.field(description="Names this version: the beginning of a hash of its effective text.")
    title: str = strawberry.field(description="The title for people.")
    loaded_at: datetime = strawberry.field(description="When the server took them into force.")

    @strawberry.field(
        description="What is to be told of the rules files as they are now; with an error among it, the rules in"
        " force are the last that could be used."
    )
    def problems(self) -> list[Diagnostic]:
        """See the description."""
        return [Diagnostic.of(found) for found in self.nodes.context.rulebook.problems(self.rules.program)]

    @strawberry.field(description="Every kind of status that the program has.")
    def machines(self) -> list[StateMachine]:
        """See the description."""
        machines = self.rules.machines.values()
        return [StateMachine.of(self.nodes, self.program_id, self.rules, machine) for machine in machines]

    @strawberry.field(description="The fields that the program wants to know of its records.")
    def fields(self) -> list[FieldDefinitionType]:
        """See the description."""
        return self.nodes.field_definitions(self.program_id)

    @strawberry.field(description="One machine by its key; null when the program has none of that key.")
    def machine(
        self, key: Annotated[str, strawberry.argument(description="The key, such as match_status.")]
    ) -> StateMachine | None:
        """See the description."""
        machine = self.rules.machines.get(key)
        return StateMachine.of(self.nodes, self.program_id, self.rules, machine) if machine else None

    @strawberry.field(description="The flow chart: every status and transition, and what sets off what.")
    def chart(
        self,
        form: Annotated[
            ChartFormat, strawberry.argument(name="format", description="How it is drawn.")
        ] = ChartFormat.SVG,
        machine: Annotated[
            str | None, strawberry.argument(description="Only this machine, such as match_status; all without it.")
        ] = strawberry.UNSET,
    ) -> str:
        """See the description."""
        chosen = known("machine", machine, self.rules.machines) if machine else None
        return self.nodes.context.rulebook.chart(self.program_id, Format(form.value), chosen)
