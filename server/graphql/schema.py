"""The schema: everything the API can be asked."""

from collections.abc import Mapping
from datetime import datetime

import strawberry
from graphql import is_abstract_type
from strawberry.schema.config import StrawberryConfig

from server.graphql.mutations.root import Mutation
from server.graphql.queries import Query
from server.graphql.scalars import DATE_TIME
from server.graphql.subscriptions import Subscription
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
    schema = strawberry.Schema(query=Query, mutation=Mutation, subscription=Subscription, types=_TYPES, config=config)
    guard(schema._schema)  # Strawberry has no public name for the schema it compiled
    return schema


def sdl() -> str:
    """The schema in the schema language, as ``schema/schema.graphql`` holds it."""
    return f"{build_schema().as_str().rstrip()}\n"


def possible_types() -> Mapping[str, list[str]]:
    """By interface and union the names of the types it can be, as caches of clients ask for it."""
    schema = build_schema()._schema
    abstract = {name: kind for name, kind in sorted(schema.type_map.items()) if is_abstract_type(kind)}
    return {name: sorted(each.name for each in schema.get_possible_types(kind)) for name, kind in abstract.items()}
