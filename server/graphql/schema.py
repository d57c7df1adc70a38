"""The schema: everything the API can be asked."""

from datetime import datetime

import strawberry
from strawberry.schema.config import StrawberryConfig

from server.graphql.mutations.root import Mutation
from server.graphql.queries import Query
from server.graphql.scalars import DATE_TIME
from server.graphql.types.matches import Match
from server.graphql.types.people import Persona, User
from server.graphql.types.programs import Program, Site
from server.graphql.types.records import Record
from server.graphql.types.user_errors import (
    ConfirmationRequiredError,
    InputError,
    TransitionNotAllowedError,
    VersionConflictError,
)
from server.graphql.visibility import guard

_TYPES = (
    Program,
    Site,
    User,
    Persona,
    Match,
    Record,
    InputError,
    TransitionNotAllowedError,
    ConfirmationRequiredError,
    VersionConflictError,
)
"""What is only reached through an interface."""


def build_schema() -> strawberry.Schema:
    """The schema, ready to be asked; every resolver is synchronous, every field keeps to its class.

    Raises VisibilityError for a field that has none.
    """
    config = StrawberryConfig(scalar_map={datetime: DATE_TIME})
    schema = strawberry.Schema(query=Query, mutation=Mutation, types=_TYPES, config=config)
    guard(schema._schema)  # Strawberry has no public name for the schema it compiled
    return schema


def sdl() -> str:
    """The schema in the schema language, as ``schema/schema.graphql`` holds it."""
    return f"{build_schema().as_str().rstrip()}\n"
