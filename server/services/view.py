"""What one caller sees during one request: asked of the database once, and for many records at a time."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Protocol, TypeVar

from server.domain.access import FieldClass, Sight
from server.domain.actors import Caller
from server.domain.history import StatusChange
from server.engine.facts import SURROUNDINGS, Kind, Ref
from server.engine.ruleset import Field
from server.services.access import classes_of, roles_of
from server.services.finding import Finder
from server.services.reads import Reads
from server.services.rulebook import Rulebook
from server.store.sessions import Session
from server.store.visibility import homes, partners


class Owned(Protocol):
    """A row that belongs to a program."""

    @property
    def id(self) -> int:
        """The number of the row."""

    @property
    def program_id(self) -> int:
        """The program."""


Row = TypeVar("Row", bound=Owned)


class View:
    """One caller's sight of every program that is served, and by which of their roles each record is reached.

    Rows that lists have handed out are noted, so that the first question about one of them answers for
    all: no list costs a statement a row.
    """

    __slots__ = (
        "_caller",
        "_classes",
        "_finders",
        "_noted",
        "_partners",
        "_reads",
        "_roles",
        "_rulebook",
        "_session",
        "_sights",
    )

    def __init__(self, rulebook: Rulebook, session: Session, caller: Caller, reads: Reads, now: datetime) -> None:
        self._rulebook, self._session, self._caller, self._reads = rulebook, session, caller, reads
        programs = [program.id for program in rulebook.programs]
        self._finders = {own: Finder(session, rulebook.ruleset(own), caller, own, now) for own in programs}
        self._sights = {own: finder.sight() for own, finder in self._finders.items()}
        self._roles: dict[int, dict[Ref, frozenset[str]]] = defaultdict(dict)
        self._noted: dict[int, set[Ref]] = defaultdict(set)
        self._partners: dict[int, dict[Ref, bool]] = defaultdict(dict)
        self._classes: dict[tuple[int, frozenset[str]], frozenset[FieldClass]] = {}

    @property
    def sights(self) -> Mapping[int, Sight]:
        """What is seen of each program that is served."""
        return self._sights

    @property
    def sees_everything(self) -> bool:
        """Whether every record of every program that is served is seen."""
        return all(sight.whole for sight in self._sights.values())

    def sight(self, program_id: int) -> Sight:
        """What is seen of a program; nothing of one that is not served."""
        return self._sights.get(program_id, Sight())

    def sight_into(self, program_id: int, wanted: FieldClass) -> Sight:
        """What is seen of a program with its fields of this class; nothing of one that is not served."""
        return self._finders[program_id].sight_into(wanted) if program_id in self._finders else Sight()

    def sight_of(self, program_id: int, field: Field) -> Sight:
        """On which records of a program that is served a field is seen."""
        return self._finders[program_id].sight_of(field)

    def shown(self, program_id: int, field: Field, ids: Iterable[int]) -> frozenset[int]:
        """Those of the records that a field belongs to on which a rule shows it, whatever its class."""
        return frozenset(ref.id for ref in self._finders[program_id].shown(field, ids))

    def note(self, kind: Kind, rows: Iterable[Row]) -> None:
        """Remembers rows that are about to be shown."""
        for row in rows:
            self._noted[row.program_id].add(Ref(kind, row.id))

    def note_changes(self, rows: Iterable[StatusChange]) -> None:
        """Remembers the records that rows of history are about."""
        for row in rows:
            self._noted[row.program_id].add(Ref(row.kind, row.subject_id))

    def note_refs(self, program_id: int, refs: Iterable[Ref]) -> None:
        """Remembers records of a program that something about to be shown names."""
        self._noted[program_id].update(refs)

    def show(self, kind: Kind, rows: Iterable[Row]) -> None:
        """Enters rows that may be seen, and are shown now, into the record of reads."""
        for row in rows:
            self._reads.note(row.program_id, kind, row.id)

    def show_refs(self, program_id: int, refs: Iterable[Ref]) -> None:
        """The same for records that something shown is about."""
        for ref in refs:
            self._reads.note(program_id, ref.kind, ref.id)

    def show_changes(self, rows: Iterable[StatusChange]) -> None:
        """The same for the records that rows of history are about."""
        for row in rows:
            self._reads.note(row.program_id, row.kind, row.subject_id)

    def show_classes(self, program_id: int, ref: Ref, classes: frozenset[FieldClass]) -> None:
        """The same for what of a record is shown beyond its public fields."""
        self._reads.note_classes(program_id, ref.kind, ref.id, classes)

    def roles(self, program_id: int, ref: Ref) -> frozenset[str]:
        """The roles that reach a record; none: it is not seen in full."""
        self._load(program_id, [ref])
        return self._roles[program_id][ref]

    def classes(self, program_id: int, ref: Ref) -> frozenset[FieldClass]:
        """The classes of field that are shown of a record, seen in full or found; none: it is a partner, if that.

        Of a program and its sites whoever is shown them sees what is public.
        """
        if program_id not in self._sights:
            return frozenset()
        roles = self.roles(program_id, ref)
        if (program_id, roles) not in self._classes:
            self._classes[program_id, roles] = classes_of(self._rulebook.ruleset(program_id), roles)
        if ref.kind in SURROUNDINGS:
            return self._classes[program_id, roles] | {FieldClass.PUBLIC}
        return self._classes[program_id, roles] | self._finders[program_id].found().get(ref, frozenset())

    def full(self, program_id: int, refs: Iterable[Ref]) -> frozenset[Ref]:
        """Those of the records that are seen in full."""
        wanted = frozenset(refs)
        if self.sight(program_id).whole:
            return wanted
        self._load(program_id, wanted)
        return frozenset(ref for ref in wanted if self._roles[program_id][ref])

    def full_in_any(self, kind: Kind, ids: Iterable[int]) -> frozenset[int]:
        """Those of the records, of whichever programs, that are seen in full."""
        wanted = frozenset(ids)
        if self.sees_everything:
            return wanted
        by_program: defaultdict[int, list[Ref]] = defaultdict(list)
        for number, program_id in homes(self._session.connection, kind, wanted).items():
            by_program[program_id].append(Ref(kind, number))
        return frozenset(ref.id for program, refs in by_program.items() for ref in self.full(program, refs))

    def known(self, program_id: int, refs: Iterable[Ref]) -> frozenset[Ref]:
        """Those of the records that are seen in full, found by a rule, or seen as a partner."""
        wanted = frozenset(refs)
        full = self.full(program_id, wanted)
        remembered = self._partners[program_id]
        unknown = [ref for ref in wanted - full if ref not in remembered]
        for kind in {ref.kind for ref in unknown}:
            numbers = [ref.id for ref in unknown if ref.kind is kind]
            found = partners(self._session.connection, self.sight(program_id), kind, numbers)
            remembered.update({Ref(kind, number): number in found for number in numbers})
        return full | {ref for ref in wanted - full if remembered[ref]}

    def admitted(self, kind: Kind, rows: Mapping[int, Row], *, as_partner: bool = True) -> dict[int, Row]:
        """Those of the rows that may be seen, in their order."""
        self.note(kind, rows.values())
        by_program: defaultdict[int, list[Ref]] = defaultdict(list)
        for row in rows.values():
            by_program[row.program_id].append(Ref(kind, row.id))
        judge = self.known if as_partner else self.full
        seen = {program: judge(program, refs) for program, refs in by_program.items()}
        shown = {number: row for number, row in rows.items() if Ref(kind, row.id) in seen[row.program_id]}
        self.show(kind, shown.values())
        return shown

    def told(self, rows: Mapping[int, Row], among: Callable[..., frozenset[int]]) -> dict[int, Row]:
        """Those of the rows, of whichever programs, whose ids ``among`` picks out of what is seen of a program."""
        told: set[int] = set()
        for program_id in {row.program_id for row in rows.values()}:
            own = [row.id for row in rows.values() if row.program_id == program_id]
            told |= among(self._session.connection, self.sight(program_id), own)
        return {number: row for number, row in rows.items() if number in told}

    def admitted_changes(self, rows: Iterable[StatusChange]) -> list[StatusChange]:
        """Those of the rows of history whose record is seen in full."""
        every = list(rows)
        self.note_changes(every)
        by_program: defaultdict[int, list[Ref]] = defaultdict(list)
        for row in every:
            by_program[row.program_id].append(Ref(row.kind, row.subject_id))
        seen = {program: self.full(program, refs) for program, refs in by_program.items()}
        shown = [row for row in every if Ref(row.kind, row.subject_id) in seen[row.program_id]]
        self.show_changes(shown)
        return shown

    def _load(self, program_id: int, refs: Iterable[Ref]) -> None:
        """Finds out by which roles these records, and all noted ones, are reached."""
        known = self._roles[program_id]
        if all(ref in known for ref in refs) or program_id not in self._sights:
            known.update({ref: frozenset() for ref in refs if ref not in known})
            return
        wanted = {*refs, *self._noted.pop(program_id, set())}.difference(known)
        ruleset = self._rulebook.ruleset(program_id)
        known.update(roles_of(self._session, ruleset, self._caller, program_id, wanted))
