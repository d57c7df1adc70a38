"""Reading: everything the API shows, in one place, so that who may see what is decided here alone."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from server.domain.access import FieldClass, Sight
from server.domain.actors import Caller
from server.domain.fields import Standing
from server.domain.filters import (
    HistoryFilter,
    MessageFilter,
    Slice,
    Total,
    Window,
)
from server.domain.history import StatusChange
from server.domain.matches import Match
from server.domain.messages import Message
from server.domain.people import Persona, Program, Site, User
from server.engine.facts import Kind, Ref, Sort
from server.engine.machines import Status
from server.engine.ruleset import Field
from server.services.access import program_named, programs_of
from server.services.further import FurtherReader
from server.services.lists import Lists
from server.services.past import PastReader
from server.services.possible import Judged, Possible
from server.services.reads import Reads
from server.services.rulebook import Rulebook
from server.services.view import Row, View
from server.store import declared, history, matches, messages, personas, programs, users
from server.store.sessions import Session


class Reading:
    """Hands out readers; what they show of people is gathered in ``reads``."""

    __slots__ = ("_judged", "_now", "_reads", "_rulebook")

    def __init__(self, rulebook: Rulebook, now: datetime, reads: Reads | None = None) -> None:
        self._rulebook, self._now, self._reads, self._judged = rulebook, now, reads or Reads(), Judged()

    def reader(self, session: Session, caller: Caller) -> "Reader":
        """What this caller may see in this session."""
        view = View(self._rulebook, session, caller, self._reads, self._now)
        if not view.sees_everything:
            session.announce(view.sights)
        possible = Possible(self._rulebook, session, caller, self._now, judged=self._judged)
        return Reader(self._rulebook, session, caller, view, Lists(session, view, possible))


class Reader:
    """One caller's view of the store.

    What does not exist, belongs to a program that is not served, or may not be seen is left out; the
    three look alike. Lists hold only what is seen in full; by their ids, and from the match that shows
    them, the other side's person and persona are found too: see :meth:`classes`.

    For whoever sees everything each method is one statement, however many ids; for others a constant number more.
    """

    __slots__ = ("_connection", "_rulebook", "_view", "caller", "further", "lists", "past")

    def __init__(self, rulebook: Rulebook, session: Session, caller: Caller, view: View, lists: Lists) -> None:
        self._connection, self._rulebook, self._view, self.caller = session.connection, rulebook, view, caller
        self.lists = lists
        self.further, self.past = FurtherReader(session, view), PastReader(session, view)

    def sight(self, program_id: int) -> Sight:
        """What is seen of a program in full."""
        return self._view.sight(program_id)

    def full(self, kind: Kind, ids: Iterable[int], program_id: int) -> frozenset[int]:
        """Those of the records of a program that are seen in full."""
        return frozenset(ref.id for ref in self._view.full(program_id, [Ref(kind, number) for number in ids]))

    def classes(self, kind: Kind, row_id: int, program_id: int) -> frozenset[FieldClass]:
        """The classes of field that are shown of a record that was found; none: it is seen only as a partner.

        The first question answers for everything that this reader has found so far.
        """
        return self._view.classes(program_id, Ref(kind, row_id))

    def expect(self, rows: Sequence[StatusChange]) -> None:
        """Remembers rows of history that are about to be shown and were not found here, such as those of an act."""
        self._view.note_changes(rows)
        self._view.show_changes(rows)

    def show(self, kind: Kind, row_id: int, program_id: int, classes: frozenset[FieldClass]) -> None:
        """Enters fields of these classes, which are shown now, into the record of reads."""
        self._view.show_classes(program_id, Ref(kind, row_id), classes)

    def programs(self) -> list[Program]:
        """The programs in which something is seen or to which the caller belongs, the base program first."""
        own = [program.id for program in programs_of(self._rulebook, self.caller)]
        found = programs.programs_by_ids(self._connection, own)
        return [found[number] for number in own]

    def program(self, key: str | None) -> Program:
        """The program of a key, the base program without one. Raises InputProblemsError for any other key."""
        return program_named(self._rulebook, self.caller, key)

    def users(self, ids: Sequence[int]) -> dict[int, User]:
        """People by id."""
        return self._view.admitted(Kind.USER, users.users_by_ids(self._connection, ids)) if ids else {}

    def personas(self, ids: Sequence[int]) -> dict[int, Persona]:
        """Personas by id."""
        return self._view.admitted(Kind.PERSONA, personas.personas_by_ids(self._connection, ids)) if ids else {}

    def matches(self, ids: Sequence[int]) -> dict[int, Match]:
        """Matches by id."""
        return self._view.admitted(Kind.PAIR, matches.matches_by_ids(self._connection, ids)) if ids else {}

    def sites(self, ids: Sequence[int]) -> dict[int, Site]:
        """Partner sites by id: the listed ones, and where a persona seen in full is or was placed."""
        found = programs.sites_by_ids(self._connection, ids) if ids else {}
        return self._noted_sites(self._view.told(found, programs.sites_known))

    def changes(self, ids: Sequence[int]) -> dict[int, StatusChange]:
        """Rows of history by id."""
        found = history.changes_by_ids(self._connection, ids) if ids else {}
        return {row.id: row for row in self._view.admitted_changes(found.values())}

    def user_by_email(self, program_id: int, email: str) -> User | None:
        """The person with this e-mail address, whatever its case; nobody is found by what is not shown of them."""
        return self._whole(users.user_by_email(self._connection, program_id, email))

    def user_by_external_id(self, program_id: int, external_id: str) -> User | None:
        """The person with this id in another system. See :meth:`user_by_email`."""
        return self._whole(users.user_by_external_id(self._connection, program_id, external_id))

    def personas_of(self, user_ids: Sequence[int]) -> dict[int, list[Persona]]:
        """The personas of each user, in the order they were made; of a partner those in matches that are seen."""
        return self._admitted(Kind.PERSONA, personas.personas_of_users(self._connection, user_ids))

    def matches_of(self, persona_ids: Sequence[int]) -> dict[int, list[Match]]:
        """The matches of each persona that are seen, in the order they were made."""
        return self._admitted(Kind.PAIR, matches.matches_of_personas(self._connection, persona_ids))

    def effects_of(self, change_ids: Sequence[int]) -> dict[int, list[StatusChange]]:
        """For each row of history the rows that followed directly from it."""
        found = history.changes_caused_by(self._connection, change_ids)
        shown = {row.id for row in self._view.admitted_changes(row for rows in found.values() for row in rows)}
        return {number: [row for row in rows if row.id in shown] for number, rows in found.items()}

    def _noted_sites(self, rows: dict[int, Site]) -> dict[int, Site]:
        self._view.note(Kind.SITE, rows.values())
        return rows

    def _whole(self, row: User | None) -> User | None:
        if row is None or FieldClass.SENSITIVE not in self.classes(Kind.USER, row.id, row.program_id):
            return None
        self._view.show(Kind.USER, [row])
        return row

    def _admitted(self, kind: Kind, found: dict[int, list[Row]]) -> dict[int, list[Row]]:
        shown = self._view.admitted(kind, {row.id: row for rows in found.values() for row in rows})
        return {number: [row for row in rows if row.id in shown] for number, rows in found.items()}

    def _noted_changes(self, page: Slice[StatusChange]) -> Slice[StatusChange]:
        self.expect(page.rows)
        return page

    def history_of(self, kind: Kind, ids: Sequence[int], page: Window) -> dict[int, Slice[StatusChange]]:
        """One page of the history of each record that is seen in full."""
        found = history.changes_of(self._connection, kind, sorted(self._view.full_in_any(kind, ids)), page)
        for part in found.values():
            self._noted_changes(part)
        return found

    def history_totals(self, kind: Kind, ids: Sequence[int]) -> dict[int, Total]:
        """How long the history of each record is that is seen in full."""
        return history.totals_of(self._connection, kind, sorted(self._view.full_in_any(kind, ids)))

    def history_page(self, program_id: int, wanted: HistoryFilter, page: Window) -> Slice[StatusChange]:
        """One page of the history of a program, oldest first."""
        found = history.changes_page(self._connection, program_id, wanted, page, sight=self.sight(program_id))
        return self._noted_changes(found)

    def history_total(self, program_id: int, wanted: HistoryFilter) -> Total:
        """How many rows of history a filter finds."""
        return history.changes_total(self._connection, program_id, wanted, sight=self.sight(program_id))

    def messages(self, ids: Sequence[int]) -> dict[int, Message]:
        """Messages by id: those that the lists show."""
        found = messages.messages_by_ids(self._connection, ids) if ids else {}
        return self._noted_messages(self._view.told(found, messages.messages_seen_among))

    def messages_page(self, program_id: int, wanted: MessageFilter, page: Window) -> Slice[Message]:
        """One page of the messages of a program, in the order they were written."""
        found = messages.messages_page(self._connection, program_id, wanted, page, sight=self.sight(program_id))
        self._noted_messages({row.id: row for row in found.rows})
        return found

    def messages_total(self, program_id: int, wanted: MessageFilter) -> Total:
        """How many messages a filter finds."""
        return messages.messages_total(self._connection, program_id, wanted, sight=self.sight(program_id))

    def has_sent(self, program_id: int, template: str) -> bool:
        """Whether at least one message of this key can be seen."""
        return bool(self.messages_page(program_id, MessageFilter(template_in=(template,)), Window(limit=1)).rows)

    def tells(self, message: Message) -> bool:
        """Whether the text and the address of a message are shown.

        Only to whoever sees what is sensitive about its record and about its recipient; what goes to a
        role is written for staff.
        """
        shown = self.classes(message.kind, message.subject_id, message.program_id)
        needed = {FieldClass.SENSITIVE} if message.role is None else {FieldClass.SENSITIVE, FieldClass.STAFF}
        if message.recipient_id is not None:
            shown &= self.classes(Kind.USER, message.recipient_id, message.program_id)
        return shown >= needed

    def show_text(self, message: Message) -> None:
        """Enters the text of a message, which is shown now, into the record of reads: of whom it is about and for."""
        self._view.show_refs(message.program_id, message.refs())
        for ref in message.refs():
            self._view.show_classes(message.program_id, ref, frozenset({FieldClass.SENSITIVE}))

    def _noted_messages(self, rows: dict[int, Message]) -> dict[int, Message]:
        for row in rows.values():
            self._view.note_refs(row.program_id, row.refs())
            self._view.show_refs(row.program_id, row.refs()[:1])
        return rows

    def sites_of(self, program_id: int) -> list[Site]:
        """The partner sites of a program."""
        found = programs.sites(self._connection, program_id, sight=self.sight(program_id))
        return list(self._noted_sites({row.id: row for row in found}).values())

    def site(self, program_id: int, key: str) -> Site | None:
        """The partner site of a key."""
        return programs.site_by_key(self._connection, program_id, key, sight=self.sight(program_id))

    def has_happened(self, program_id: int, transition: str) -> bool:
        """Whether history has at least one row of this transition or act."""
        return bool(self.history_page(program_id, HistoryFilter(transition_in=(transition,)), Window(limit=1)).rows)

    def known_statuses(self, program_id: int, machine: str) -> list[Status]:
        """Every status that the machine has now or had under earlier rules."""
        return programs.known_statuses(self._connection, program_id, machine)

    def status_counts(self, program_id: int, sort: Sort, machine: str) -> dict[str, int]:
        """How many records are in each status of a machine."""
        start, sight = self._rulebook.ruleset(program_id).machines[machine].start, self.sight(program_id)
        return programs.status_counts(self._connection, program_id, sort, machine, start=start, sight=sight)

    def standings(self, refs: Sequence[Ref]) -> dict[Ref, dict[str, Standing]]:
        """Where records that were found stand in the machines that their program declares, as far as they moved."""
        return declared.standings(self._connection, refs)

    def held(self, refs: Sequence[Ref]) -> dict[Ref, dict[str, tuple[str, ...]]]:
        """What records that were found hold in their fields; which of it is shown goes by :meth:`classes`."""
        return declared.values(self._connection, refs)

    def sight_of(self, program_id: int, field: Field) -> Sight:
        """On which records of a program a field is seen."""
        return self._view.sight_of(program_id, field)

    def showing(self, program_id: int, field: Field, ids: Sequence[int]) -> frozenset[int]:
        """Those of the records that were found on which a rule shows a field, whatever its class."""
        return self._view.shown(program_id, field, ids)
