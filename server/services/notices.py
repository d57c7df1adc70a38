"""Turns what an act says into messages: the slots filled, the recipients found, each told once."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from server.domain.access import Reach
from server.domain.ids import id_of
from server.domain.messages import NewMessage
from server.domain.people import Persona, Site, User, first_name
from server.engine.facts import Kind, Ref
from server.engine.messages import Notice, Recipient, Slot, Template, Told
from server.engine.plan import Plan
from server.engine.ruleset import Ruleset
from server.engine.values import day_of
from server.store.apply import Written
from server.store.matches import matches_by_ids
from server.store.messages import append_messages, sites_of_people
from server.store.personas import personas_by_ids
from server.store.programs import site_by_key, sites_by_ids
from server.store.records import people_of_record
from server.store.unit_of_work import UnitOfWork
from server.store.users import users_by_ids

_ANSWERS = {"true": "yes", "false": "no"}


def post(work: UnitOfWork, program_id: int, ruleset: Ruleset, *, plan: Plan, written: Written, now: datetime) -> None:
    """Writes the messages of a plan that has been carried out, as part of the same act.

    The same text goes to the same recipient once, however often the rules say it.
    """
    if plan.notices:
        writing = _Writing.of(work, ruleset, plan=plan, written=written, now=now)
        found: dict[tuple[str, Recipient, str | None, str], NewMessage] = {}
        for notice in plan.notices:
            for recipient in notice.recipients:
                new = writing.message(notice, recipient)
                found.setdefault((new.template, writing.real(recipient), new.title, new.body), new)
        append_messages(work.connection, program_id, list(found.values()), now)


@dataclass(frozen=True, slots=True)
class _Writing:
    """What the notices of one act need to become text."""

    work: UnitOfWork
    ruleset: Ruleset
    written: Written
    now: datetime
    users: Mapping[int, User]
    personas: Mapping[int, Persona]
    sites: Mapping[int, Site]

    @classmethod
    def of(cls, work: UnitOfWork, ruleset: Ruleset, *, plan: Plan, written: Written, now: datetime) -> "_Writing":
        """Loads everybody and everything that is named, one statement a kind."""
        refs = {written.created.get(ref, ref) for notice in plan.notices for ref in _refs(notice)}
        numbers = {kind: sorted(ref.id for ref in refs if ref.kind is kind) for kind in Kind}
        personas = personas_by_ids(work.connection, numbers[Kind.PERSONA])
        placed = {persona.site_id for persona in personas.values() if persona.site_id is not None}
        sites = sites_by_ids(work.connection, sorted(placed.union(numbers[Kind.SITE])))
        users = users_by_ids(work.connection, numbers[Kind.USER])
        return cls(work, ruleset, written, now, users, personas, sites)

    def real(self, recipient: Recipient) -> Recipient:
        """A recipient by the id that the database has given them."""
        return recipient if isinstance(recipient, str) else self.written.created.get(recipient, recipient)

    def message(self, notice: Notice, recipient: Recipient) -> NewMessage:
        """One message, written out for one recipient."""
        said = self.ruleset.messages[notice.message]
        subject = self.written.created.get(notice.subject, notice.subject)
        cause = self.written.changes[notice.caused_by].id
        title = " ".join(self._text(said.title, notice, recipient).split()) or None
        body = self._text(said.body, notice, recipient)
        if isinstance(recipient, str):
            sites = self._sites(recipient, subject)
            return NewMessage(said.key, said.channel, subject, cause, body, title, None, recipient, sites, said.address)
        person = self.users[self.written.created.get(recipient, recipient).id]
        return NewMessage(said.key, said.channel, subject, cause, body, title, person.id, address=person.email)

    def _text(self, template: Template, notice: Notice, recipient: Recipient) -> str:
        parts = (self._slot(part.text, notice, recipient) if isinstance(part, Slot) else part for part in template)
        return "".join(parts)

    def _slot(self, text: str, notice: Notice, recipient: Recipient) -> str:
        if text in notice.told:
            return self._shown(notice.told[text])
        name = self._name(recipient)
        return {
            "program.title": self.ruleset.title,
            "program.support_contact": self.ruleset.support_contact or "",
            "now": f"{self.now:%Y-%m-%d %H:%M} UTC",
            "today": day_of(self.now, self.ruleset.zone).isoformat(),
            "recipient.name": name,
            "recipient.first_name": name if isinstance(recipient, str) else first_name(name),
        }[text]

    def _name(self, recipient: Recipient) -> str:
        if isinstance(recipient, str):
            return self.ruleset.actors[recipient].label
        return self.users[self.written.created.get(recipient, recipient).id].name

    def _shown(self, told: Told) -> str:
        if told.word.path is None:
            return self._answer(told.word.shows, told.value)
        shows, record = told.word.shows, told.record
        if record is None:
            return ""
        return self._of_record(shows, self.written.created.get(record, record), told.value)

    def _of_record(self, shows: str, record: Ref, value: str | None) -> str:
        if shows == "id":
            return id_of(record)
        if record.kind is Kind.USER and shows in {"name", "first_name"}:
            name = self.users[record.id].name
            return name if shows == "name" else first_name(name)
        if record.kind is Kind.SITE and shows == "name":
            return self.sites[record.id].name
        if shows == "partner_site":
            site = self.sites.get(self.personas[record.id].site_id or 0)
            return site.name if site else ""
        if shows == "mentor_site_list":
            return self.personas[record.id].mentor_site_list or ""
        return self._label(shows, value or "")

    def _label(self, shows: str, value: str) -> str:
        """A status, a role or a choice by what people call it; what has no label is shown as it is."""
        field = self.ruleset.fields.get(shows) or self.ruleset.derived.get(shows)
        if field is not None:
            return next((choice.label for choice in field.choices if choice.key == value), value)
        machine, role = self.ruleset.machines.get(shows), self.ruleset.roles.get(value)
        if machine is not None and value in machine.statuses:
            return machine.statuses[value].label
        return role.label if shows == "role" and role else value

    def _answer(self, key: str, value: str | None) -> str:
        asked = self.ruleset.inputs.get(key)
        if value is None or asked is None:
            return value or ""
        if asked.type == "reference":
            site = site_by_key(self.work.connection, self.written.changes[0].program_id, value)
            return site.name if site else value
        if asked.type == "boolean":
            return _ANSWERS.get(value, value)
        return asked.shown(value)

    def _sites(self, role: str, subject: Ref) -> tuple[str, ...]:
        """Where a role is meant: at the sites of the people it is about, if the role reaches one site only."""
        if self.ruleset.actors[role].scope != Reach.SITE:
            return ()
        if subject.kind is Kind.SITE:
            site = sites_by_ids(self.work.connection, [subject.id])[subject.id]
            return (site.key,)
        return sites_of_people(self.work.connection, _people(self.work, subject))


def _refs(notice: Notice) -> Iterator[Ref]:
    yield from (recipient for recipient in notice.recipients if isinstance(recipient, Ref))
    yield from (told.record for told in notice.told.values() if told.record is not None)


def _people(work: UnitOfWork, subject: Ref) -> Iterable[int]:
    if subject.kind is Kind.PROGRAM:
        return ()
    if subject.kind is Kind.USER:
        return (subject.id,)
    if subject.kind is Kind.RECORD:
        return people_of_record(work.connection, subject.id)
    ids: Iterable[int] = (subject.id,)
    if subject.kind is Kind.PAIR:
        pair = matches_by_ids(work.connection, ids)[subject.id]
        ids = (pair.mentor_id, pair.mentee_id)
    return tuple(persona.user_id for persona in personas_by_ids(work.connection, ids).values())
