"""Faults of the program that calls: wrong arguments are top-level errors that say what would be right."""

from collections.abc import Callable, Collection, Sized
from typing import TypeVar

from graphql import GraphQLError

from server.domain.errors import InputProblemsError, LimitExceededError, NotPermittedError
from server.domain.ids import MalformedIdError
from server.services.spelling import suggestion

Value = TypeVar("Value")

TEXT_LIMIT = 200
"""How many characters a text to look for may have."""


def bad_input(message: str) -> GraphQLError:
    """The error for an argument that no list, record or page can be found by."""
    return GraphQLError(message, extensions={"code": "BAD_USER_INPUT"})


def known(what: str, key: str, allowed: Collection[str]) -> str:
    """The key itself when it is allowed; else the error that lists what is."""
    if key in allowed:
        return key
    raise bad_input(f'There is no {what} "{key[:TEXT_LIMIT]}" here. {suggestion(key, allowed)}')


def check_length(entries: Sized, most: int) -> None:
    """Refuses a list in a filter with more entries than it may have."""
    if len(entries) > most:
        raise bad_input(f"A list in a filter may have at most {most} entries, not {len(entries)}.")


def is_storable(value: str) -> bool:
    """Whether a database can hold the text: no NUL, no half of a surrogate pair."""
    return not any(char == "\0" or "\ud800" <= char <= "\udfff" for char in value)


def text(name: str, value: str | None) -> str | None:
    """A text to look for: blank means none; too long or unprintable is refused."""
    if not value or not value.strip():
        return None
    if len(value) > TEXT_LIMIT:
        raise bad_input(f"{name} may have at most {TEXT_LIMIT} characters.")
    if not is_storable(value):
        raise bad_input(f"{name} contains a character that no text can have. Leave it out.")
    return value.strip()


def asked(read: Callable[[], Value]) -> Value:
    """What ``read`` finds; problems that a service has with the arguments are the caller's fault."""
    try:
        return read()
    except InputProblemsError as error:
        raise bad_input(" ".join(problem.text for problem in error.problems)) from None
    except LimitExceededError as error:
        raise GraphQLError(error.message, extensions={"code": error.code, "limit": error.limit}) from None
    except NotPermittedError as error:
        raise GraphQLError(error.message, extensions={"code": error.code}) from None


def read_id(parse: Callable[[], Value]) -> Value:
    """What ``parse`` reads of an id; a malformed one is the caller's fault."""
    try:
        return parse()
    except MalformedIdError as error:
        raise bad_input(str(error)) from None
