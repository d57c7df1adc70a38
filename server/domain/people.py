"""People: a user is one person in one program, a persona one run of that person through it."""

from dataclasses import dataclass
from datetime import datetime

ERASED = "Erased person"
"""The name of everybody who was erased."""


@dataclass(frozen=True, slots=True)
class Program:
    """One mentoring program, served under the rules of the same key."""

    id: int
    key: str
    name: str
    version: int

    @property
    def program_id(self) -> int:
        """The program that it belongs to: itself."""
        return self.id


@dataclass(frozen=True, slots=True)
class Site:
    """A partner site: the class or school a persona is placed at. ``key`` is unique in its program."""

    id: int
    program_id: int
    key: str
    name: str
    version: int


@dataclass(frozen=True, slots=True)
class User:
    """One person. The e-mail address is unique in the program whatever its case; so is the external id.

    ``erased_at``: since when nothing tells any more who it was.
    """

    id: int
    program_id: int
    name: str
    email: str | None
    external_id: str | None
    user_status: str
    user_status_since: datetime
    created_at: datetime
    version: int
    erased_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Persona:
    """One run through the program, as mentor or as mentee; matched at most once in its life."""

    id: int
    program_id: int
    user_id: int
    role: str
    persona_status: str
    persona_status_since: datetime
    match_status: str
    match_status_since: datetime
    site_id: int | None
    mentor_site_list: str | None
    created_at: datetime
    version: int


@dataclass(frozen=True, slots=True)
class NewUser:
    """What is written beside the statuses when a user is created."""

    name: str
    email: str | None
    external_id: str | None


@dataclass(frozen=True, slots=True)
class NewPersona:
    """What is written beside the statuses when a persona is created."""

    site_id: int | None = None
    mentor_site_list: str | None = None


def first_name(name: str) -> str:
    """All that a partner is told of a name: its first word."""
    return next(iter(name.split()), "")
