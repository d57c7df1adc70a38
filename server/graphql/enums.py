"""The few words of the API that no rules file can change."""

from enum import Enum
from typing import Any

import strawberry

from server.domain.filters import UserOrderField as OrderedBy
from server.domain.vocabulary import MENTEE, MENTOR
from server.drawing.chart import Format
from server.engine.facts import Kind


def _value(value: str, description: str) -> Any:
    """A member and its description; Any, because the decorator puts the plain value in its place."""
    return strawberry.enum_value(value, description=description)


@strawberry.enum(description="The kinds of thing that can carry statuses.")
class SubjectKind(Enum):
    """See the description."""

    PROGRAM = _value(Kind.PROGRAM.value, description="The program itself.")
    SITE = _value(Kind.SITE.value, description="A partner site of the program.")
    USER = _value(Kind.USER.value, description="A person.")
    PERSONA = _value(Kind.PERSONA.value, description="One run of a person through the program.")
    RECORD = _value(Kind.RECORD.value, description="A further kind that a program declares, such as a meeting.")
    MATCH = _value(Kind.PAIR.value, description="A mentor persona with a mentee persona; `pair` in the rules file.")


@strawberry.enum(description="What a status means in the course of the program: the three kinds of box in the chart.")
class StatusCategory(Enum):
    """See the description."""

    STEP = _value("STEP", description="A step in the process.")
    PARTICIPATING = _value("PARTICIPATING", description="The person is taking part.")
    FINAL = _value("FINAL", description="The end of a way through the program.")


@strawberry.enum(description="How the flow chart of the rules is drawn.")
class ChartFormat(Enum):
    """See the description."""

    SVG = _value(Format.SVG.value, description="A picture that stands alone, in light and dark.")
    MERMAID = _value(Format.MERMAID.value, description="A Mermaid flowchart.")
    DOT = _value(Format.DOT.value, description="A graph for Graphviz.")


@strawberry.enum(description="Whom a persona stands for in a match.")
class PersonaRole(Enum):
    """See the description."""

    MENTOR = _value(MENTOR, description="Accompanies a mentee.")
    MENTEE = _value(MENTEE, description="Is accompanied by a mentor.")


@strawberry.enum(description="The direction of an order.")
class OrderDirection(Enum):
    """See the description."""

    ASC = _value("asc", description="From the smallest, earliest or first in the alphabet.")
    DESC = _value("desc", description="From the greatest, latest or last in the alphabet.")


@strawberry.enum(description="What a list of users can be ordered by; equal ones follow in order of their ids.")
class UserOrderField(Enum):
    """See the description."""

    NAME = _value(OrderedBy.NAME.value, description="The name.")
    STATUS_CHANGED_AT = _value(OrderedBy.STATUS_CHANGED_AT.value, description="When the User Status last changed.")
    CREATED_AT = _value(OrderedBy.CREATED_AT.value, description="When the person was registered.")


@strawberry.enum(description="What becomes of the other acts of a request when one is refused.")
class BulkErrorPolicy(Enum):
    """See the description."""

    ALL_OR_NOTHING = _value("ALL_OR_NOTHING", description="One refusal, and nothing at all is written.")
    SKIP_FAILED = _value("SKIP_FAILED", description="What is refused writes nothing; the others are carried out.")
