"""Where rows become the API's types: one level at a time, with what only the whole request knows."""

from collections.abc import Mapping, Sequence
from functools import cache

from server.domain.filters import HistoryFilter
from server.domain.history import StatusChange as ChangeRow
from server.domain.ids import MESSAGE, STATUS_CHANGE, GlobalId
from server.domain.matches import Match as MatchRow
from server.domain.messages import Message as MessageRow
from server.domain.people import Persona as PersonaRow
from server.domain.people import Site as SiteRow
from server.domain.people import User as UserRow
from server.domain.records import Record as RecordRow
from server.engine.facts import Kind, Ref
from server.engine.plan import Blocker, Offer
from server.engine.ruleset import Ruleset as Rules
from server.graphql.context import Context
from server.graphql.levels import Group, by_id
from server.graphql.paging import BY_ID, window
from server.graphql.types.fields import FieldDefinition
from server.graphql.types.history import StatusChange
from server.graphql.types.lists import Connection
from server.graphql.types.matches import Match
from server.graphql.types.messages import Message
from server.graphql.types.offers import TransitionBlocker, TransitionOption
from server.graphql.types.people import Persona, User
from server.graphql.types.programs import Program, Site
from server.graphql.types.records import Record
from server.graphql.types.rules import Ruleset, Status
from server.graphql.types.subjects import Node, Subject
from server.services.derived import Held, derived
from server.services.undoing import Undoing


class Nodes:
    """The factory of one field of a request's root: it reads, groups and wraps; it never writes."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.read = context.reading.reader(context.session, context.caller)
        self._statuses: dict[tuple[int, str], dict[str, Status]] = {}
        self._retired: dict[tuple[int, str], dict[str, Status]] = {}
        self._programs: dict[int, Program] = {}

    def rules(self, program_id: int) -> Rules:
        """The rules of a program, the same during the whole request."""
        return self.context.rulebook.ruleset(program_id)

    def ruleset(self, program_id: int) -> Ruleset:
        """The rules of a program as the API shows them."""
        rules, loaded_at = self.rules(program_id), self.context.rulebook.loaded_at(program_id)
        return Ruleset(
            nodes=self,
            rules=rules,
            program_id=program_id,
            revision=rules.revision,
            title=rules.title,
            loaded_at=loaded_at,
        )

    def statuses(self, program_id: int, machine: str) -> Mapping[str, Status]:
        """The statuses of a machine by key: those of the rules, then those that the rules have dropped."""
        return {**self._present(program_id, machine), **self.retired(program_id, machine)}

    def status(self, program_id: int, machine: str, key: str) -> Status:
        """A status, also one that the rules have dropped."""
        present = self._present(program_id, machine)
        return present[key] if key in present else self.retired(program_id, machine)[key]

    def retired(self, program_id: int, machine: str) -> Mapping[str, Status]:
        """The statuses of a machine that earlier rules had and the present ones do not."""
        where = (program_id, machine)
        if where not in self._retired:
            present = self._present(program_id, machine)
            remembered = self.read.known_statuses(program_id, machine)
            self._retired[where] = {
                status.key: Status.of(status, is_retired=True) for status in remembered if status.key not in present
            }
        return self._retired[where]

    def _present(self, program_id: int, machine: str) -> dict[str, Status]:
        where = (program_id, machine)
        if where not in self._statuses:
            found = self.rules(program_id).machines.get(machine)
            self._statuses[where] = {key: Status.of(row) for key, row in found.statuses.items()} if found else {}
        return self._statuses[where]

    def program(self, program_id: int) -> Program:
        """A program that is served."""
        if not self._programs:
            rows = self.read.programs()
            group = Group(self, rows, Kind.PROGRAM)
            self._programs = {row.id: Program.of(row, group) for row in rows}
        return self._programs[program_id]

    def programs(self) -> list[Program]:
        """All programs, the base program first."""
        return [self.program(row.id) for row in self.read.programs()]

    def sites(self, rows: Sequence[SiteRow]) -> list[Site]:
        """Partner sites as one level."""
        group = Group(self, rows, Kind.SITE)
        return [Site.of(row, group) for row in rows]

    def field_definitions(self, program_id: int) -> list[FieldDefinition]:
        """The fields that a program declares, and then what it works out, in the order of the rules file."""
        rules = self.rules(program_id)
        return [FieldDefinition.of(field) for field in (*rules.fields.values(), *rules.derived.values())]

    def derived(self, refs: Sequence[Ref], program_ids: Sequence[int]) -> dict[Ref, Held]:
        """What is worked out of each record; ``program_ids`` belong to the refs one by one."""
        found: dict[Ref, Held] = {}
        for program_id in dict.fromkeys(program_ids):
            own = [ref for ref, program in zip(refs, program_ids, strict=True) if program == program_id]
            found |= derived(self.context.session, self.rules(program_id), own, self.context.now)
        return found

    def users(self, rows: Sequence[UserRow]) -> list[User]:
        """People as one level."""
        group = Group(self, rows, Kind.USER)
        return [User.of(row, group) for row in rows]

    def personas(self, rows: Sequence[PersonaRow]) -> list[Persona]:
        """Personas as one level."""
        group = Group(self, rows, Kind.PERSONA)
        return [Persona.of(row, group) for row in rows]

    def matches(self, rows: Sequence[MatchRow]) -> list[Match]:
        """Matches as one level."""
        group = Group(self, rows, Kind.PAIR)
        return [Match.of(row, group) for row in rows]

    def records(self, rows: Sequence[RecordRow]) -> list[Record]:
        """Records of declared kinds as one level."""
        group = Group(self, rows, Kind.RECORD)
        return [Record.of(row, group) for row in rows]

    def changes(self, rows: Sequence[ChangeRow]) -> list[StatusChange]:
        """Rows of history as one level."""
        self.read.expect(rows)
        group = Group(self, rows)
        return [StatusChange.of(row, group) for row in rows]

    def messages(self, rows: Sequence[MessageRow]) -> list[Message]:
        """Messages as one level."""
        group = Group(self, rows)
        return [Message.of(row, group) for row in rows]

    def subjects(self, refs: Sequence[Ref]) -> dict[Ref, Subject]:
        """Records of any kind, one statement a kind; what does not exist is left out."""
        numbers = {kind: sorted({ref.id for ref in refs if ref.kind is kind and ref.id > 0}) for kind in Kind}
        served = [row.id for row in self.read.programs()] if numbers[Kind.PROGRAM] else []
        programs = {number: self.program(number) for number in numbers[Kind.PROGRAM] if number in served}
        sites = by_id(self.read.sites(numbers[Kind.SITE]), self.sites)
        users = by_id(self.read.users(numbers[Kind.USER]), self.users)
        personas = by_id(self.read.personas(numbers[Kind.PERSONA]), self.personas)
        matches = by_id(self.read.matches(numbers[Kind.PAIR]), self.matches)
        records = by_id(self.read.further.by_ids(numbers[Kind.RECORD]), self.records)
        return {
            **{Ref(Kind.PROGRAM, number): program for number, program in programs.items()},
            **{Ref(Kind.SITE, number): site for number, site in sites.items()},
            **{Ref(Kind.USER, number): user for number, user in users.items()},
            **{Ref(Kind.PERSONA, number): persona for number, persona in personas.items()},
            **{Ref(Kind.PAIR, number): match for number, match in matches.items()},
            **{Ref(Kind.RECORD, number): record for number, record in records.items()},
        }

    def named(self, wanted: Sequence[GlobalId]) -> dict[GlobalId, Node]:
        """What the ids name, one statement a kind; what does not exist is left out."""
        numbers = {
            found.name: sorted({other.number for other in wanted if other.name == found.name}) for found in wanted
        }
        refs = [ref for found in wanted if (ref := found.ref()) is not None]
        nodes: dict[GlobalId, Node] = {GlobalId.of(ref): subject for ref, subject in self.subjects(refs).items()}
        for number, change in by_id(self.read.changes(numbers.get(STATUS_CHANGE, [])), self.changes).items():
            nodes[GlobalId(STATUS_CHANGE, number)] = change
        for number, told in by_id(self.read.messages(numbers.get(MESSAGE, [])), self.messages).items():
            nodes[GlobalId(MESSAGE, number)] = told
        return nodes

    def options(self, refs: Sequence[Ref], program_ids: Sequence[int]) -> dict[Ref, list[TransitionOption]]:
        """What can be done next to each record, blocked or not; ``program_ids`` belong to the refs one by one."""
        found: dict[Ref, Sequence[Offer]] = {}
        rules: dict[Ref, Rules] = {}
        for program_id in dict.fromkeys(program_ids):
            own = [ref for ref, program in zip(refs, program_ids, strict=True) if program == program_id]
            found.update(self.context.offers.of(self.context.session, self.context.caller, program_id, own))
            rules.update(dict.fromkeys(own, self.rules(program_id)))
        named = self._named([offer for offers in found.values() for offer in offers])
        return {
            ref: [TransitionOption.of(rules[ref], offer, named) for offer in offers] for ref, offers in found.items()
        }

    def undo_blockers(self, rows: Sequence[ChangeRow]) -> dict[int, list[TransitionBlocker]]:
        """For each act to which these rows of history belong every reason why it cannot be taken back."""
        context, found = self.context, dict[int, Sequence[Blocker]]()
        undoing = Undoing(context.rulebook, lambda: context.now)
        for program_id in {row.program_id: None for row in rows}:
            own = [row for row in rows if row.program_id == program_id]
            found.update(undoing.blockers_of(context.session, context.caller, program_id, own))
        named = Group(self, [each.subject for blockers in found.values() for each in blockers if each.subject])
        return {act: [TransitionBlocker.of(each, named) for each in blockers] for act, blockers in found.items()}

    def _named(self, offers: Sequence[Offer]) -> Group[Ref]:
        """Every record that the buttons and their reasons name."""
        in_the_way = [blocker.subject for offer in offers for blocker in offer.blockers if blocker.subject]
        return Group(self, [*(offer.subject for offer in offers), *in_the_way])

    def communication(self, rows: Sequence[MatchRow]) -> dict[int, Sequence[str]]:
        """For each match every reason why the pair may not write to each other."""
        found: dict[int, Sequence[str]] = {}
        for program_id in {row.program_id: None for row in rows}:
            own = [row for row in rows if row.program_id == program_id]
            found.update(self.context.offers.communication(self.context.session, program_id, own))
        return found

    def history(
        self,
        program_id: int,
        wanted: HistoryFilter,
        *,
        first: int | None,
        after: str | None,
        last: int | None,
        before: str | None,
    ) -> Connection[StatusChange]:
        """One page of a program's history."""
        page = self.read.history_page(program_id, wanted, window(BY_ID, first, after, last, before))
        total = cache(lambda: self.read.history_total(program_id, wanted))
        return Connection.of(BY_ID, page, self.changes(page.rows), total)
