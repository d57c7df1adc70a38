"""How the words of an act were put right: what they were before, and the row of history that tells who did it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import strawberry

from server.domain.history import NOTE
from server.domain.history import Correction as Corrected
from server.engine.ruleset import Ruleset as Rules
from server.graphql.visibility import NOTES, Classes, Shown, class_of_answer

if TYPE_CHECKING:
    from server.graphql.types.history import StatusChange

ChangeType = Annotated["StatusChange", strawberry.lazy("server.graphql.types.history")]


@strawberry.type(description="One correction of a note or of an answer.")
class Correction:
    """See the description."""

    needs: strawberry.Private[Classes]
    key: str | None = strawberry.field(description="The key of the question; null for the note.")
    label: str = strawberry.field(description="What was put right: the question, or Note.")
    before: str | None = strawberry.field(description="What it said before; null for nothing, and once it is erased.")
    after: str | None = strawberry.field(description="What it says since; null for nothing, and once it is erased.")
    change: ChangeType = strawberry.field(description="The row of history that tells who did it, when and why (note).")


def correction_of(part: Corrected, rules: Rules, change: "StatusChange") -> Correction:
    """One correction, in the words of the rules. ``change``: the row that tells of it."""
    asked = rules.inputs.get(part.key)
    if part.key == NOTE:
        return Correction(needs=NOTES, key=None, label="Note", before=part.before, after=part.after, change=change)
    before, after = ((asked.shown(said) if asked and said else said) for said in (part.before, part.after))
    label = asked.label if asked else part.key
    return Correction(
        needs=class_of_answer(asked), key=part.key, label=label, before=before, after=after, change=change
    )


def told_corrections(found: Sequence[Correction], record: Shown) -> list[Correction]:
    """Those that the caller may see on the record whose words they are; that they are shown is taken down."""
    told = [each for each in found if each.needs <= record.shown()]
    for needed in {each.needs for each in told}:
        record.show(needed)
    return told
