"""Writes a plan down: the only place that sets a status column."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, insert

from server.domain.errors import ConflictError
from server.domain.history import Act, StatusChange
from server.domain.people import NewPersona, NewUser
from server.domain.vocabulary import MENTEE, MENTOR
from server.engine.facts import Kind, Ref
from server.engine.plan import Creation, Plan
from server.engine.ruleset import Field
from server.store.append import append_act, append_changes
from server.store.columns import folded, searchable
from server.store.declared import CHANGED_FIRST, move_declared, put_values
from server.store.moving import MACHINES, MOVES, TABLES, Moved
from server.store.numbering import Numbers, reserve
from server.store.records import add_records

Details = Mapping[Ref, NewUser | NewPersona]
"""What is written beside the statuses of the records that a plan creates."""

_ADD = {kind: insert(TABLES[kind]) for kind in (Kind.USER, Kind.PERSONA, Kind.PAIR)}


@dataclass(frozen=True, slots=True)
class Written:
    """What an act wrote: its rows of history in plan order; the created records by the refs of the plan."""

    changes: tuple[StatusChange, ...]
    created: Mapping[Ref, Ref]


@dataclass(slots=True)
class _Fate:
    """What becomes of one record in one machine, through all of a plan's changes.

    ``begins``: the time in its status begins, with a move or without one.
    """

    before: str | None
    after: str
    moved: bool
    begins: bool
    places: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class _Writing:
    """One plan on its way into the database."""

    act: Act
    act_id: int
    plan: Plan
    details: Details
    real: Mapping[Ref, Ref]
    fates: Mapping[Ref, Mapping[str, _Fate]]


def write_plan(
    connection: Connection,
    act: Act,
    subject_id: int,
    plan: Plan,
    *,
    details: Details,
    bumped: frozenset[Ref],
    fields: Mapping[str, Field],
) -> Written:
    """Creates what the plan creates, writes history, moves what it moves.

    ``subject_id`` 0 stands for the record of the plan's first change, which the plan creates.
    ``bumped`` are records whose version this act has raised already; ``fields`` those of the rules.
    Raises ConflictError when a record is no longer in the status that the plan found it in, or an open place is taken.
    """
    numbers = reserve(connection, act.program_id, _counts(plan))
    real = {creation.ref: Ref(creation.kind, _number(numbers, creation.kind)) for creation in plan.creations}
    writing = _Writing(act, numbers.take("acts"), plan, details, real, _fates(plan))
    subject = subject_id if subject_id > 0 else real[plan.changes[0].subject].id
    _create(connection, writing, Kind.USER)
    _create(connection, writing, Kind.PERSONA)
    append_act(connection, writing.act_id, act, subject)
    _create(connection, writing, Kind.PAIR)
    add_records(connection, act, plan.creations, real)
    changes = append_changes(connection, numbers, writing.act_id, act, plan=plan, real=real)
    _move(connection, writing, bumped)
    move_declared(connection, act, _declared_moves(writing))
    put_values(
        connection,
        act,
        writing.act_id,
        fields,
        (replace(s, subject=real.get(s.subject, s.subject)) for s in plan.settings),
    )
    return Written(changes, real)


def _declared_moves(writing: _Writing) -> Iterator[tuple[Ref, str, str | None, str]]:
    """The moves in machines that are no columns."""
    for ref, fates in writing.fates.items():
        for machine, fate in fates.items():
            if machine not in MACHINES[ref.kind] and fate.begins:
                yield writing.real.get(ref, ref), machine, fate.before, fate.after


def _counts(plan: Plan) -> dict[str, int]:
    created = Counter(TABLES[creation.kind].name for creation in plan.creations)
    return {**created, "acts": 1, "status_changes": len(plan.changes)}


def _number(numbers: Numbers, kind: Kind) -> int:
    return numbers.take(TABLES[kind].name)


def _fates(plan: Plan) -> dict[Ref, dict[str, _Fate]]:
    fates: dict[Ref, dict[str, _Fate]] = {}
    for change in plan.changes:
        machines = fates.setdefault(change.subject, {})
        fate = machines.setdefault(change.machine, _Fate(change.before, change.after, False, False, change.places))
        fate.after, fate.places = change.after, change.places
        fate.moved = fate.moved or change.before != change.after
        fate.begins = fate.begins or fate.moved or change.restarts
    return fates


def _create(connection: Connection, writing: _Writing, kind: Kind) -> None:
    columns = {Kind.USER: _user_columns, Kind.PERSONA: _persona_columns, Kind.PAIR: _pair_columns}[kind]
    rows = [
        {**_common_columns(writing, creation), **columns(writing, creation)}
        for creation in writing.plan.creations
        if creation.kind is kind
    ]
    if rows:
        connection.execute(_ADD[kind], rows)


def _common_columns(writing: _Writing, creation: Creation) -> dict[str, Any]:
    """The columns of every new record; each machine begins where the act leaves it."""
    fates = writing.fates[creation.ref]
    statuses = {machine: fates[machine].after for machine in MACHINES[creation.kind]}
    since = {f"{machine}_since": writing.act.effective_at for machine in statuses}
    own = {"id": writing.real[creation.ref].id, "program_id": writing.act.program_id, "version": 1}
    return {**own, **statuses, **since, "created_at": writing.act.recorded_at}


def _user_columns(writing: _Writing, creation: Creation) -> dict[str, Any]:
    new = writing.details[creation.ref]
    if not isinstance(new, NewUser):
        raise TypeError(f"{creation.ref} is a user and needs a NewUser beside it")
    return name_columns(new.name, new.email, new.external_id)


def name_columns(name: str, email: str | None, external_id: str | None) -> dict[str, Any]:
    """The columns of a user that say who it is, with those made from them."""
    keys = {
        "name_key": name.casefold(),
        "email_key": folded(email),
        "search_text": searchable(name, email, external_id),
    }
    return {"name": name, "email": email or None, "external_id": external_id or None, **keys}


def _persona_columns(writing: _Writing, creation: Creation) -> dict[str, Any]:
    new = writing.details.get(creation.ref, NewPersona())
    if not isinstance(new, NewPersona):
        raise TypeError(f"{creation.ref} is a persona and needs a NewPersona beside it")
    user = creation.links["user"]
    owner = writing.real.get(user, user).id
    return {"user_id": owner, "role": creation.role, "site_id": new.site_id, "mentor_site_list": new.mentor_site_list}


def _pair_columns(writing: _Writing, creation: Creation) -> dict[str, Any]:
    sides = {role: writing.real.get(ref, ref).id for role, ref in creation.links.items()}
    places = _places(writing.fates[creation.ref])
    return {
        "mentor_id": sides[MENTOR],
        "mentee_id": sides[MENTEE],
        "status_act_id": writing.act_id,
        "mentor_place": places.get(MENTOR),
        "mentee_place": places.get(MENTEE),
        "opened_at": writing.act.effective_at if places else None,
        "closed_at": None,
        "proposed_by_id": creation.proposer.id if creation.proposer else None,
    }


def _places(fates: Mapping[str, _Fate]) -> Mapping[str, int]:
    return next((fate.places for fate in fates.values() if fate.places), {})


def _move(connection: Connection, writing: _Writing, bumped: frozenset[Ref]) -> None:
    """One statement for all records of a kind that move in the same machines."""
    batches: dict[Moved, list[dict[str, Any]]] = {}
    touched = dict.fromkeys((*writing.fates, *(setting.subject for setting in writing.plan.settings)))
    for ref in touched:
        fates = writing.fates.get(ref, {})
        machines = tuple(key for key in MACHINES[ref.kind] if key in fates and fates[key].begins)
        if ref.id > 0 and (machines or ref not in bumped):
            row = dict(_move_parameters(writing, ref, machines, ref in bumped))
            batches.setdefault((ref.kind, machines), []).append(row)
    for moved, rows in batches.items():
        if connection.execute(MOVES[moved], rows).rowcount != len(rows):
            raise ConflictError(CHANGED_FIRST)


def _move_parameters(
    writing: _Writing, ref: Ref, machines: tuple[str, ...], was_bumped: bool
) -> Iterator[tuple[str, Any]]:
    yield "new_id", ref.id
    yield "new_bump", 0 if was_bumped else 1
    fates = writing.fates.get(ref, {})
    for machine in machines:
        yield f"old_{machine}", fates[machine].before
        yield f"new_{machine}", fates[machine].after
        yield "new_since", writing.act.effective_at
    if ref.kind is Kind.PAIR and machines:
        places = _places(fates)
        is_new = not writing.plan.keeps_answers and any(fates[machine].moved for machine in machines)
        yield "new_act_id", writing.act_id if is_new else None
        yield "new_mentor_place", places.get(MENTOR)
        yield "new_mentee_place", places.get(MENTEE)
        yield "new_is_open", int(bool(places))
        yield "new_opens_at", writing.act.effective_at if places else None
