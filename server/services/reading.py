"""Reading: everything the API shows, in one place, so that who may see what is decided here alone."""

from collections.abc import Mapping, Sequence
from typing import Protocol, TypeVar

from server.domain.actors import Caller
from server.domain.filters import (
    HistoryFilter,
    MatchFilter,
    PersonaFilter,
    Slice,
    Total,
    UserFilter,
    UserOrder,
    Window,
)
from server.domain.history import StatusChange
from server.domain.matches import Match
from server.domain.people import Persona, Program, Site, User
from server.engine.facts import Kind
from server.engine.ruleset import Status
from server.services.rulebook import Rulebook
from server.store import history, matches, personas, programs, users
from server.store.sessions import Session


class Owned(Protocol):
    """A row that belongs to a program."""

    @property
    def program_id(self) -> int:
        """The program."""


Row = TypeVar("Row", bound=Owned)


class Reading:
    """Hands out a reader for each request."""

    __slots__ = ("_rulebook",)

    def __init__(self, rulebook: Rulebook) -> None:
        self._rulebook = rulebook

    def reader(self, session: Session, caller: Caller) -> "Reader":
        """What this caller may see in this session."""
        return Reader(self._rulebook, session, caller)


class Reader:
    """One caller's view of the store. Each method is one statement, however many ids it is asked for.

    What does not exist, belongs to a program that is not served, or may not be seen is left out; the
    three look alike.
    """

    __slots__ = ("_connection", "_programs", "caller")

    def __init__(self, rulebook: Rulebook, session: Session, caller: Caller) -> None:
        self._connection = session.connection
        self._programs = {program.id: program for program in rulebook.programs}
        self.caller = caller

    def programs(self) -> list[Program]:
        """The programs that are served, the base program first."""
        return list(self._programs.values())

    def _seen(self, found: Mapping[int, Row]) -> dict[int, Row]:
        return {number: row for number, row in found.items() if row.program_id in self._programs}

    def users(self, ids: Sequence[int]) -> dict[int, User]:
        """People by id."""
        return self._seen(users.users_by_ids(self._connection, ids)) if ids else {}

    def personas(self, ids: Sequence[int]) -> dict[int, Persona]:
        """Personas by id."""
        return self._seen(personas.personas_by_ids(self._connection, ids)) if ids else {}

    def matches(self, ids: Sequence[int]) -> dict[int, Match]:
        """Matches by id."""
        return self._seen(matches.matches_by_ids(self._connection, ids)) if ids else {}

    def sites(self, ids: Sequence[int]) -> dict[int, Site]:
        """Partner sites by id."""
        return self._seen(programs.sites_by_ids(self._connection, ids)) if ids else {}

    def changes(self, ids: Sequence[int]) -> dict[int, StatusChange]:
        """Rows of history by id."""
        return self._seen(history.changes_by_ids(self._connection, ids)) if ids else {}

    def user_by_email(self, program_id: int, email: str) -> User | None:
        """The person with this e-mail address, whatever its case."""
        return users.user_by_email(self._connection, program_id, email)

    def user_by_external_id(self, program_id: int, external_id: str) -> User | None:
        """The person with this id in another system."""
        return users.user_by_external_id(self._connection, program_id, external_id)

    def personas_of(self, user_ids: Sequence[int]) -> dict[int, list[Persona]]:
        """The personas of each user, in the order they were made."""
        return personas.personas_of_users(self._connection, user_ids)

    def matches_of(self, persona_ids: Sequence[int]) -> dict[int, list[Match]]:
        """The matches of each persona, in the order they were made."""
        return matches.matches_of_personas(self._connection, persona_ids)

    def effects_of(self, change_ids: Sequence[int]) -> dict[int, list[StatusChange]]:
        """For each row of history the rows that followed directly from it."""
        return history.changes_caused_by(self._connection, change_ids)

    def users_page(self, program_id: int, wanted: UserFilter, order: UserOrder, page: Window) -> Slice[User]:
        """One page of the people of a program."""
        return users.users_page(self._connection, program_id, wanted, order, page)

    def users_total(self, program_id: int, wanted: UserFilter) -> Total:
        """How many people a filter finds."""
        return users.users_total(self._connection, program_id, wanted)

    def personas_page(self, program_id: int, wanted: PersonaFilter, page: Window) -> Slice[Persona]:
        """One page of the personas of a program, in the order they were made."""
        return personas.personas_page(self._connection, program_id, wanted, page)

    def personas_total(self, program_id: int, wanted: PersonaFilter) -> Total:
        """How many personas a filter finds."""
        return personas.personas_total(self._connection, program_id, wanted)

    def matches_page(self, program_id: int, wanted: MatchFilter, page: Window) -> Slice[Match]:
        """One page of the matches of a program, in the order they were made."""
        return matches.matches_page(self._connection, program_id, wanted, page)

    def matches_total(self, program_id: int, wanted: MatchFilter) -> Total:
        """How many matches a filter finds."""
        return matches.matches_total(self._connection, program_id, wanted)

    def history_of(self, kind: Kind, ids: Sequence[int], page: Window) -> dict[int, Slice[StatusChange]]:
        """One page of the history of each record."""
        return history.changes_of(self._connection, kind, ids, page)

    def history_totals(self, kind: Kind, ids: Sequence[int]) -> dict[int, Total]:
        """How long the history of each record is."""
        return history.totals_of(self._connection, kind, ids)

    def history_page(self, program_id: int, wanted: HistoryFilter, page: Window) -> Slice[StatusChange]:
        """One page of the history of a program, oldest first."""
        return history.changes_page(self._connection, program_id, wanted, page)

    def history_total(self, program_id: int, wanted: HistoryFilter) -> Total:
        """How many rows of history a filter finds."""
        return history.changes_total(self._connection, program_id, wanted)

    def sites_of(self, program_id: int) -> list[Site]:
        """The partner sites of a program."""
        return programs.sites(self._connection, program_id)

    def site(self, program_id: int, key: str) -> Site | None:
        """The partner site of a key."""
        return programs.site_by_key(self._connection, program_id, key)

    def has_happened(self, program_id: int, transition: str) -> bool:
        """Whether history has at least one row of this transition or act."""
        page = self.history_page(program_id, HistoryFilter(transition_in=(transition,)), Window(limit=1))
        return bool(page.rows)

    def known_statuses(self, program_id: int, machine: str) -> list[Status]:
        """Every status that the machine has now or had under earlier rules."""
        return programs.known_statuses(self._connection, program_id, machine)

    def status_counts(self, program_id: int, kind: Kind, machine: str) -> dict[str, int]:
        """How many records are in each status of a machine."""
        return programs.status_counts(self._connection, program_id, kind, machine)
