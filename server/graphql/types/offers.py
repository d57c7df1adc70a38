"""What can be done next, and why not."""

from collections.abc import Sequence
from pathlib import PurePath

import strawberry

from server.engine.facts import Ref
from server.engine.plan import Blocker, Offer, Warned
from server.engine.ruleset import Ruleset as Rules
from server.graphql.enums import PersonaRole
from server.graphql.levels import Group
from server.graphql.types.rules import InputField, Status, Transition, input_fields, statuses_of
from server.graphql.types.subjects import Node, Subject


def subjects_of(named: Group[Ref]) -> dict[Ref, Subject]:
    """The records that are named together, loaded at first need."""
    return named.once("subjects", lambda: named.nodes.subjects(named.rows))


def _told(file: str) -> str:
    """The file as clients are told of it: a path outside the server's folder is nobody else's business."""
    path = PurePath(file)
    return str(PurePath(*path.parts[-2:])) if path.is_absolute() else file


@strawberry.type(description="One reason why something is not possible.")
class TransitionBlocker:
    """See the description."""

    row: strawberry.Private[Blocker]
    named: strawberry.Private[Group[Ref]]
    code: str = strawberry.field(description="The stable code of the reason.")
    message: str = strawberry.field(description="The reason for people, with the way out.")
    file: str | None = strawberry.field(description="The rules file that says so.")
    line: int | None = strawberry.field(description="The line of the rule in that file.")

    @classmethod
    def of(cls, row: Blocker, named: Group[Ref]) -> "TransitionBlocker":
        """One reason; ``named`` are the records of all that is told together."""
        file, line = (_told(row.place.file), row.place.line) if row.place and row.place.file else (None, None)
        return cls(row=row, named=named, code=row.code, message=row.text, file=file, line=line)

    @strawberry.field(description="The record that is in the way; null when it would only be made by the act.")
    def subject(self) -> Node | None:
        """See the description."""
        return subjects_of(self.named).get(self.row.subject) if self.row.subject else None


@strawberry.type(description="A caution that must be confirmed before the act is carried out.")
class TransitionWarning:
    """See the description."""

    code: str = strawberry.field(description="What to send in `options.confirm`.")
    message: str = strawberry.field(description="What to consider.")


def warnings_of(warned: Sequence[Warned]) -> list[TransitionWarning]:
    """The cautions, in the order they arose."""
    return [TransitionWarning(code=warning.code, message=warning.text) for warning in warned]


@strawberry.type(description="A button as you find it: allowed, or blocked with every reason.")
class TransitionOption:
    """See the description."""

    rules: strawberry.Private[Rules]
    row: strawberry.Private[Offer]
    named: strawberry.Private[Group[Ref]]
    allowed: bool = strawberry.field(description="Whether nothing is in the way; answers and cautions come on submit.")
    role: PersonaRole | None = strawberry.field(
        description="The role of the persona that it would make, if it makes one."
    )

    @classmethod
    def of(cls, rules: Rules, row: Offer, named: Group[Ref]) -> "TransitionOption":
        """One button; ``named`` are the records of all that is told together."""
        role = PersonaRole(row.role) if row.role else None
        return cls(rules=rules, row=row, named=named, allowed=row.allowed, role=role)

    @strawberry.field(description="What would be done.")
    def transition(self) -> Transition:
        """See the description."""
        return Transition.of(self.rules, self.row.transition)

    @strawberry.field(description="The record it would be done to.")
    def subject(self) -> Subject:
        """See the description."""
        return subjects_of(self.named)[self.row.subject]

    @strawberry.field(description="The status it leads to; several only when that depends on answers.")
    def targets(self) -> list[Status]:
        """See the description."""
        return statuses_of(self.rules, self.row.transition, self.row.targets)

    @strawberry.field(description="The questions to answer, as they are for this record and for you.")
    def inputs(self) -> list[InputField]:
        """See the description."""
        return input_fields(self.row.asks)

    @strawberry.field(description="Every reason why it is not possible now; empty when it is allowed.")
    def blockers(self) -> list[TransitionBlocker]:
        """See the description."""
        return [TransitionBlocker.of(blocker, self.named) for blocker in self.row.blockers]

    @strawberry.field(description="The cautions you will be asked to confirm.")
    def warnings(self) -> list[TransitionWarning]:
        """See the description."""
        return warnings_of(self.row.warnings)
