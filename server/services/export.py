"""Everything that is kept about one person, for the person."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from server.domain.access import FieldClass
from server.domain.actors import Caller
from server.domain.audit import AuditEntry, AuditFilter, AuditKind, AuditRow, Who
from server.domain.errors import NotFoundError
from server.domain.fields import FieldChange
from server.domain.filters import HistoryFilter, MessageFilter, Window
from server.domain.history import NOTE, Correction, StatusChange
from server.domain.ids import MESSAGE, TOKEN, USER, GlobalId, id_of
from server.domain.matches import Match
from server.domain.people import Persona, User, first_name
from server.domain.records import Record
from server.engine.facts import Kind, Ref
from server.services.rulebook import Rulebook
from server.store import reads
from server.store.corrections import corrections_of
from server.store.declared import standings, values
from server.store.former_values import field_changes_of
from server.store.history import changes_page
from server.store.matches import matches_of_personas
from server.store.messages import messages_page
from server.store.personas import personas_by_ids, personas_of_users
from server.store.programs import sites_by_ids
from server.store.records import records_of_person
from server.store.sessions import Session
from server.store.tokens import tokens_listed
from server.store.users import users_by_ids

PAGE = 1_000
Document = dict[str, Any]


class Export:
    """Gathers what is kept about a person. Of other participants only the first name is told."""

    __slots__ = ("_clock", "_rulebook")

    def __init__(self, rulebook: Rulebook, clock: Callable[[], datetime]) -> None:
        self._rulebook, self._clock = rulebook, clock

    def everything(self, session: Session, caller: Caller, user_id: int) -> Document:
        """The document, ready to be written as JSON, and an entry in the record of reads that it was made.

        Raises NotFoundError where there is no such person.
        """
        connection = session.connection
        person = users_by_ids(connection, [user_id]).get(user_id)
        if person is None:
            raise NotFoundError(f"There is no person User-{user_id}.")
        now, personas = self._clock(), personas_of_users(connection, [user_id])[user_id]
        found = matches_of_personas(connection, [persona.id for persona in personas])
        matches = {match.id: match for own in found.values() for match in own}
        records = records_of_person(connection, user_id)
        own = [Ref(Kind.USER, user_id), *(Ref(Kind.PERSONA, persona.id) for persona in personas)]
        own += [Ref(Kind.PAIR, number) for number in matches] + [Ref(Kind.RECORD, record.id) for record in records]
        history = _history(session, person, own)
        seen = reads.entries_listed(connection, AuditFilter(person_id=user_id), None)
        came = reads.entries_listed(connection, AuditFilter(who=Who(user_id=user_id)), None)
        document = {
            "exportedAt": now.isoformat(),
            "person": self._person(person),
            "personas": _personas(session, personas),
            "matches": [_match(session, matches[number], personas) for number in sorted(matches)],
            "records": [_record(session, record, user_id, own) for record in records],
            "fields": _fields(session, own),
            "fieldChanges": [_field_change(row) for row in field_changes_of(connection, own)],
            "history": history,
            "messages": _messages(session, person),
            "tokens": _tokens(session, user_id),
            "readBy": [_read(row, others=True) for row in reversed(seen)],
            "ownReadsSignInsAndRefusals": [_read(row, others=False) for row in reversed(came)],
        }
        self._record(session, caller, person, personas, now)
        return document

    def _person(self, person: User) -> Document:
        keys = {program.id: program.key for program in self._rulebook.programs}
        return {
            "id": id_of(Ref(Kind.USER, person.id)),
            "program": keys.get(person.program_id),
            "name": person.name,
            "email": person.email,
            "externalId": person.external_id,
            "userStatus": person.user_status,
            "userStatusSince": person.user_status_since.isoformat(),
            "createdAt": person.created_at.isoformat(),
            "erasedAt": _iso(person.erased_at),
        }

    def _record(
        self, session: Session, caller: Caller, person: User, personas: Sequence[Persona], now: datetime
    ) -> None:
        served = {program.id for program in self._rulebook.programs}
        roles = self._rulebook.ruleset(person.program_id).roles if person.program_id in served else {}
        if any(persona.role in roles and roles[persona.role].minor for persona in personas):
            every = frozenset(FieldClass)
            entry = AuditEntry(AuditKind.READ, now, Who.of(caller), "export", person.program_id, person.id, every)
            session.act(lambda work: reads.add_entries(work.connection, [entry]))


def _personas(session: Session, personas: Sequence[Persona]) -> list[Document]:
    sites = sites_by_ids(session.connection, {persona.site_id for persona in personas if persona.site_id})
    return [
        {
            "id": id_of(Ref(Kind.PERSONA, persona.id)),
            "role": persona.role,
            "personaStatus": persona.persona_status,
            "personaStatusSince": persona.persona_status_since.isoformat(),
            "matchStatus": persona.match_status,
            "matchStatusSince": persona.match_status_since.isoformat(),
            "partnerSite": sites[persona.site_id].name if persona.site_id in sites else None,
            "mentorSiteList": persona.mentor_site_list,
            "createdAt": persona.created_at.isoformat(),
        }
        for persona in personas
    ]


def _fields(session: Session, refs: Sequence[Ref]) -> Document:
    """What the person and all that is theirs hold in fields, by record."""
    found = values(session.connection, refs)
    return {id_of(ref): {key: list(held) for key, held in found[ref].items()} for ref in refs if ref in found}


def _field_change(row: FieldChange) -> Document:
    """What an act set a field to; null for what has been forgotten since."""
    return {
        "record": id_of(row.subject),
        "field": row.field,
        "from": row.before,
        "to": row.after,
        "act": row.act,
        "effectiveAt": row.effective_at.isoformat(),
        "recordedAt": row.recorded_at.isoformat(),
    }


def _match(session: Session, match: Match, personas: Sequence[Persona]) -> Document:
    own = {persona.id for persona in personas}
    mine, other = (match.mentor_id, match.mentee_id) if match.mentor_id in own else (match.mentee_id, match.mentor_id)
    partner = personas_by_ids(session.connection, [other])[other]
    user = users_by_ids(session.connection, [partner.user_id])[partner.user_id]
    return {
        "id": id_of(Ref(Kind.PAIR, match.id)),
        "persona": id_of(Ref(Kind.PERSONA, mine)),
        "partner": {"firstName": first_name(user.name), "role": partner.role},
        "pairStatus": match.pair_status,
        "pairStatusSince": match.pair_status_since.isoformat(),
        "createdAt": match.created_at.isoformat(),
        "openedAt": _iso(match.opened_at),
        "closedAt": _iso(match.closed_at),
        "isProposer": match.proposed_by_id in {persona.user_id for persona in personas},
        "answers": dict(match.answers),
    }


def _record(session: Session, record: Record, user_id: int, own: Sequence[Ref]) -> Document:
    """A record of a declared kind; of what it is linked to only what is the person's own."""
    ref = Ref(Kind.RECORD, record.id)
    stands = standings(session.connection, [ref]).get(ref, {})
    return {
        "id": id_of(ref),
        "kind": record.kind,
        "links": {name: id_of(to) for name, to in record.links.items() if to in own},
        "statuses": {machine: at.status for machine, at in stands.items()},
        "createdAt": record.created_at.isoformat(),
        "isAuthor": record.author_id == user_id,
    }


def _history(session: Session, person: User, own: Sequence[Ref]) -> list[Document]:
    """Every row of history about the person and all that is theirs, oldest first."""
    found: list[Document] = []
    wanted, after = HistoryFilter(subjects=tuple((ref.kind.value, ref.id) for ref in own)), None
    while True:
        page = changes_page(session.connection, person.program_id, wanted, Window(PAGE, after=after))
        right = corrections_of(session.connection, [row.act_id for row in page.rows])
        found.extend(_change(row, person.id, right.get(row.act_id, ())) for row in page.rows)
        if not page.has_next:
            return found
        after = page.keys[-1]


def _change(row: StatusChange, person_id: int, corrections: Sequence[Correction]) -> Document:
    is_other = row.actor_user_id is not None and row.actor_user_id != person_id
    return {
        "id": f"StatusChange-{row.id}",
        "subject": id_of(Ref(row.kind, row.subject_id)),
        "machine": row.machine,
        "from": row.before,
        "to": row.after,
        "transition": row.transition,
        "by": first_name(row.actor_name) if is_other else row.actor_name,
        "note": row.note,
        "answers": dict(row.answers),
        "corrections": [_correction(each) for each in corrections],
        "effectiveAt": row.effective_at.isoformat(),
        "recordedAt": row.recorded_at.isoformat(),
    }


def _correction(row: Correction) -> Document:
    """What a note or an answer said before it was put right; ``change`` is the row that tells who did it, and why."""
    part = "note" if row.key == NOTE else f"answers.{row.key}"
    return {"part": part, "before": row.before, "after": row.after, "change": f"StatusChange-{row.change_id}"}


def _messages(session: Session, person: User) -> list[Document]:
    """Everything the person was told, oldest first."""
    found: list[Document] = []
    wanted, after = MessageFilter(recipient_id=person.id), None
    while True:
        page = messages_page(session.connection, person.program_id, wanted, Window(PAGE, after=after))
        for row in page.rows:
            told = {"id": str(GlobalId(MESSAGE, row.id)), "template": row.template, "channel": row.channel}
            text = {"address": row.address, "title": row.title, "body": row.body, "state": row.state.value}
            moments = {"createdAt": row.created_at.isoformat(), "deliveredAt": _iso(row.delivered_at)}
            found.append({**told, **text, **moments})
        if not page.has_next:
            return found
        after = page.keys[-1]


def _tokens(session: Session, user_id: int) -> list[Document]:
    return [
        {
            "id": str(GlobalId(TOKEN, token.id)),
            "name": token.name,
            "roles": list(token.roles),
            "createdAt": token.created_at.isoformat(),
            "expiresAt": _iso(token.expires_at),
            "lastUsedAt": _iso(token.last_used_at),
            "revokedAt": _iso(token.revoked_at),
        }
        for token in tokens_listed(session.connection, None)
        if token.user_id == user_id
    ]


def _read(row: AuditRow, *, others: bool) -> Mapping[str, Any]:
    """An entry of the record of reads: of the person's own reads whom they saw, of others' who it was."""
    entry = row.entry
    told: Document = {
        "at": entry.at.isoformat(),
        "kind": entry.kind.value,
        "classes": [each.value for each in FieldClass if each in entry.classes],
    }
    if others:
        name = row.who_name or ""
        return {**told, "by": name if entry.who.user_id is None else first_name(name)}
    person = str(GlobalId(USER, entry.person_id)) if entry.person_id else None
    return {**told, "person": person, "code": entry.code, "detail": entry.detail, "times": entry.times}


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
