"""Fields: what a program wants to know of its records beside their statuses."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import strawberry

from server.domain.access import FieldClass
from server.engine.ruleset import Field
from server.graphql.enums import SubjectKind
from server.graphql.types.rules import InputChoice, declared_kind, owner_of

if TYPE_CHECKING:
    from server.graphql.types.subjects import Subject


@strawberry.type(description="A field that the rules of a program declare.")
class FieldDefinition:
    """See the description."""

    key: str = strawberry.field(description="The key in the rules file.")
    label: str = strawberry.field(description="The name for people.")
    owner: SubjectKind = strawberry.field(description="What has it.")
    of_kind: str | None = strawberry.field(description="The key of the kind, if the owner is a RECORD; else null.")
    type: str = strawberry.field(description="text, integer, boolean, date, instant, choice, site or user.")
    choices: list[InputChoice] | None = strawberry.field(description="What it may hold, if it is a choice.")
    visibility: str = strawberry.field(description="How private it is: public, staff or sensitive.")
    is_list: bool = strawberry.field(description="Whether it holds any number of values.")
    is_derived: bool = strawberry.field(
        description="Whether it is worked out from other things: nobody sets it, and no list is narrowed by it."
    )

    @classmethod
    def of(cls, row: Field) -> "FieldDefinition":
        """A field of the rules."""
        choices = [InputChoice(key=choice.key, label=choice.label) for choice in row.choices]
        return cls(
            key=row.key,
            label=row.label,
            owner=owner_of(row.owner),
            of_kind=declared_kind(row.owner),
            type=row.type,
            choices=choices or None,
            visibility=row.sees,
            is_list=row.several,
            is_derived=row.formula is not None,
        )


@strawberry.type(description="What a record holds in a field.")
class FieldValue:
    """See the description."""

    key: str = strawberry.field(description="The key of the field.")
    label: str = strawberry.field(description="The name of the field.")
    type: str = strawberry.field(description="The type of the field.")
    value: str | None = strawberry.field(
        description="The value, the first of several; null where there is none, or you may not see it."
    )
    values: list[str] = strawberry.field(description="All values; none where you may not see them.")
    value_label: str | None = strawberry.field(description="The values for people.")


def field_values(subject: "Subject", fields: Sequence[Field]) -> list[FieldValue]:
    """What a record holds, as far as the caller may see it; of a partner only what a rule shows."""
    seen = subject.shown()
    shown = [field for field in fields if field.sees in seen or subject.shows(field)]
    held = subject.held() if shown else {}
    return _shown_values(subject, fields if seen else shown, shown, held)


def former_values(subject: "Subject", fields: Sequence[Field], held: Mapping[str, Sequence[str]]) -> list[FieldValue]:
    """What a record held, by the classes that the caller sees of it today; no rule shows more of the past."""
    seen = subject.shown()
    return _shown_values(subject, fields, [field for field in fields if field.sees in seen], held)


def _shown_values(
    subject: "Subject", listed: Sequence[Field], shown: Sequence[Field], held: Mapping[str, Sequence[str]]
) -> list[FieldValue]:
    for field in shown:
        if held.get(field.key):
            subject.show(frozenset({FieldClass(field.sees)}))
    return [_value(field, held.get(field.key, ()) if field in shown else ()) for field in listed]


def _value(field: Field, held: Sequence[str]) -> FieldValue:
    labels = {choice.key: choice.label for choice in field.choices}
    return FieldValue(
        key=field.key,
        label=field.label,
        type=field.type,
        value=held[0] if held else None,
        values=list(held),
        value_label=", ".join(labels.get(value, value) for value in held) or None,
    )
