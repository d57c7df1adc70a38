"""Everything that can be asked of the server, each as a question about one record, and what an answer to it means."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from typing import Any

from tests.access.town import MISSING, Records

Answer = Mapping[str, Any]
Values = dict[str, Any]
UNIQUE = count(1)

MAY, MAY_NOT, HIDDEN = "Y", "N", "."
_PERMITTED = frozenset({"TRANSITION_NOT_ALLOWED", "CONFIRMATION_REQUIRED"})
_HIDDEN = frozenset({"NOT_FOUND", "INVALID_INPUT", "BAD_USER_INPUT"})
_KINDS = {
    "applicant": "User", "screened": "User", "active": "User", "gone": "User", "done": "User",
    "open": "Match", "over": "Match", "change": "StatusChange", "message": "Message", "site": "Site", "token": "Token",
    "note": "Record",
}  # fmt: skip
_CODES = "userErrors { code message }"


@dataclass(frozen=True)
class Operation:
    """``field``: the root field it is; ``on``: what it is tried on; ``make``: the operation upon a record.

    ``judge``: which letter an answer is, given the id that was asked for.
    """

    field: str
    on: str
    make: Callable[[Records], tuple[str, Values]]
    judge: Callable[[Answer, str], str]


def missing(program: str) -> Records:
    """Records and a site that do not exist, in a program that may not either."""
    kinds = tuple(_KINDS)
    personas = ("waiting", "mentee", "waiting_mentee", "aside", "idle", "rescreening")
    ids = {what: f"{_KINDS.get(what, 'Persona')}-{MISSING}" for what in (*kinds, *personas)}
    return Records({**ids, "email": "nobody@example.org", "external_id": "nobody"}, program, "sooth")


def codes(answer: Answer) -> list[str]:
    """What an answer was refused for."""
    if answer.get("errors"):
        return [error["extensions"]["code"] for error in answer["errors"]]
    payload = next(iter(answer["data"].values()))
    return [error["code"] for error in payload.get("userErrors", ())] if isinstance(payload, dict) else []


def _judged_act(answer: Answer, _: str) -> str:
    found = set(codes(answer))
    if found <= _PERMITTED:
        return MAY
    if "NOT_PERMITTED" in found:
        return MAY_NOT
    assert found <= _HIDDEN, found
    return HIDDEN


def _judged_find(answer: Answer, wanted: str) -> str:
    """Whether the record asked for stands anywhere in the answer."""
    if answer.get("errors"):
        return _judged_act(answer, wanted)
    return MAY if f"'{wanted}'" in str(answer["data"]) else HIDDEN


def act(mutation: str, argument: str, on: str, more: Values | None = None, kind: str | None = None) -> Operation:
    """A mutation upon a record, which only tells what it would do."""
    kind = kind or mutation[0].upper() + mutation[1:] + "Input"
    query = f"mutation($input: {kind}!) {{ {mutation}(input: $input) {{ {_CODES} }} }}"

    def make(records: Records) -> tuple[str, Values]:
        return query, {"input": {argument: records[on], **(more or {}), "options": _DRY}}

    return Operation(mutation, on, make, _judged_act)


def perform(transition: str, on: str, **more: Any) -> Operation:
    """A transition by its key."""
    return act("performTransition", "subjectId", on, {"transition": transition, **more})


def find(field: str, on: str, arguments: str, fields: str = "{ id }", **values: Callable[[Records], Any]) -> Operation:
    """A query that shows a record or does not. ``values``: its variables, made of the records."""
    types = {
        "id": "ID!",
        "ids": "[ID!]!",
        "email": "String",
        "external": "String",
        "program": "String",
        "key": "String",
    }
    declared = ", ".join(f"${name}: {types[name]}" for name in values)
    query = f"query{f'({declared})' if declared else ''} {{ {field}{arguments} {fields} }}"
    return Operation(field, on, lambda records: (query, {n: make(records) for n, make in values.items()}), _judged_find)


def _match_personas(records: Records) -> tuple[str, Values]:
    query = f"mutation($input: MatchPersonasInput!) {{ matchPersonas(input: $input) {{ {_CODES} }} }}"
    sides = {"mentorPersonaId": records["waiting"], "menteePersonaId": records["mentee"]}
    return query, {"input": {**sides, "options": _DRY}}


def _match_by_key(records: Records) -> tuple[str, Values]:
    query = f"mutation($input: PerformTransitionInput!) {{ performTransition(input: $input) {{ {_CODES} }} }}"
    pair = {"subjectId": records["waiting"], "partnerId": records["mentee"]}
    return query, {"input": {"transition": "match", **pair, "options": _DRY}}


def _register(records: Records) -> tuple[str, Values]:
    query = f"mutation($input: RegisterUserInput!) {{ registerUser(input: $input) {{ {_CODES} }} }}"
    given = {"program": records.program, "role": "MENTOR", "name": "Newcomer", "partnerSite": records.site}
    return query, {"input": {**given, "email": "newcomer@example.org", "options": _DRY}}


def _place_persona(records: Records) -> tuple[str, Values]:
    query = f"mutation($input: PlacePersonaInput!) {{ placePersona(input: $input) {{ {_CODES} }} }}"
    return query, {"input": {"personaId": records["waiting"], "partnerSite": records.site, "options": _DRY}}


def _update_fields(records: Records) -> tuple[str, Values]:
    query = f"mutation($input: UpdateFieldsInput!) {{ updateFields(input: $input) {{ {_CODES} }} }}"
    fields = [{"key": "shirt", "value": "L"}]
    return query, {"input": {"subjectId": records["active"], "fields": fields, "options": _DRY}}


def _add_site(records: Records) -> tuple[str, Values]:
    query = f"mutation($input: AddSiteInput!) {{ addSite(input: $input) {{ {_CODES} }} }}"
    return query, {"input": {"program": records.program, "key": f"site-{next(UNIQUE)}", "name": "New"}}


def _create_token(records: Records) -> tuple[str, Values]:
    query = f"mutation($input: CreateTokenInput!) {{ createToken(input: $input) {{ {_CODES} }} }}"
    given = {"name": "New", "roles": ["SITE_STAFF"], "program": records.program, "site": records.site}
    return query, {"input": given}


def _revoke_token(records: Records) -> tuple[str, Values]:
    return f"mutation($id: ID!) {{ revokeToken(id: $id) {{ {_CODES} }} }}", {"id": records["token"]}


def _send_event(records: Records) -> tuple[str, Values]:
    query = f"mutation($input: SendEventInput!) {{ sendEvent(input: $input) {{ {_CODES} }} }}"
    given = {"event": "application.finished", "subjectId": records["applicant"]}
    return query, {"input": {**given, "options": _DRY}}


def _judged_item(answer: Answer, wanted: str) -> str:
    """What was said to the one item, or to the record asked for among many."""
    results = answer["data"]["x"]["results"] if not answer.get("errors") else []
    own = [each for each in results if (each["subject"] or {}).get("id", wanted) == wanted]
    if not own:
        return _judged_act(answer, wanted) if codes(answer) else HIDDEN
    return _judged_act({"data": {"item": own[0]}}, wanted)


_RESULTS = f"results {{ subject {{ id }} {_CODES} }} {_CODES}"


def _bulk_perform(records: Records) -> tuple[str, Values]:
    query = (
        f"mutation($input: BulkPerformTransitionInput!) {{ x: bulkPerformTransition(input: $input) {{ {_RESULTS} }} }}"
    )
    items = [{"transition": "withdraw", "subjectId": records["active"]}]
    return query, {"input": {"items": items, "options": _DRY}}


def _bulk_by_filter(records: Records) -> tuple[str, Values]:
    query = f"mutation($input: BulkByFilterInput!) {{ x: bulkTransitionByFilter(input: $input) {{ {_RESULTS} }} }}"
    given = {"program": records.program, "transition": "withdraw", "filter": {"users": {"statusIn": ["ACTIVE"]}}}
    return query, {"input": {**given, "options": _DRY}}


def _check_rules(records: Records) -> tuple[str, Values]:
    query = 'query($program: String) { checkRules(source: "[", program: $program) { isValid } }'
    return query, {"program": records.program}


def _run_due(records: Records) -> tuple[str, Values]:
    return "mutation($program: String) { runDue(program: $program) { id } }", {"program": records.program}


def _advance_clock(_: Records) -> tuple[str, Values]:
    return "mutation($to: DateTime!) { advanceClock(to: $to) { now } }", {"to": _TODAY}


_DRY: Values = {"dryRun": True}
_TODAY = datetime(2026, 1, 2, tzinfo=UTC).isoformat()
_GOODBYE = [
    {"key": "close_reason", "value": "MENTOR_INITIATED"},
    {"key": "mentor_rematch", "value": "YES"},
    {"key": "mentee_rematch", "value": "YES"},
]
_LIST = "{ nodes { id } }"
_PAGE = "(program: $program, first: 100)"


def _of(what: str) -> Callable[[Records], Any]:
    return lambda records: records[what]


def _program(records: Records) -> str:
    return records.program


ACTS: dict[str, Operation] = {
    "registerUser": Operation("registerUser", "active", _register, _judged_act),
    "finishApplication": act("finishApplication", "userId", "applicant", kind="UserTransitionInput"),
    "changeUserStatus": act("changeUserStatus", "userId", "screened", {"to": "ACTIVE"}),
    "addPersona": act("addPersona", "userId", "active", {"role": "MENTEE"}),
    "updateUser": act("updateUser", "userId", "active", {"name": "Renamed"}),
    "updateFields": Operation("updateFields", "active", _update_fields, _judged_act),
    "makeRescreening": act("makeRescreening", "userId", "done"),
    "changePersonaStatus": act("changePersonaStatus", "personaId", "waiting", {"to": "INACTIVE"}),
    "changeMatchStatus": act("changeMatchStatus", "personaId", "rescreening", {"to": "RTBM"}),
    "makeReadyToBeMatched": act("makeReadyToBeMatched", "personaId", "rescreening", kind="PersonaTransitionInput"),
    "placePersona": Operation("placePersona", "waiting", _place_persona, _judged_act),
    "matchPersonas": Operation("matchPersonas", "mentee", _match_personas, _judged_act),
    "closeMatch": act("closeMatch", "matchId", "open", {"answers": _GOODBYE}),
    "openMatch": act("openMatch", "matchId", "over", kind="MatchTransitionInput"),
    "deleteMatch": act("deleteMatch", "matchId", "open", kind="MatchTransitionInput"),
    "addSite": Operation("addSite", "site", _add_site, _judged_act),
    "createToken": Operation("createToken", "token", _create_token, _judged_act),
    "revokeToken": Operation("revokeToken", "token", _revoke_token, _judged_act),
    "sendEvent": Operation("sendEvent", "applicant", _send_event, _judged_act),
    "runDue": Operation("runDue", "program", _run_due, _judged_act),
    "undoStatusChange": act("undoStatusChange", "statusChangeId", "change"),
    "correctStatusChange": act("correctStatusChange", "statusChangeId", "change", {"note": "Another note"}),
    "bulkPerformTransition": Operation("bulkPerformTransition", "active", _bulk_perform, _judged_item),
    "bulkTransitionByFilter": Operation("bulkTransitionByFilter", "active", _bulk_by_filter, _judged_item),
    "advanceClock": Operation("advanceClock", "site", _advance_clock, _judged_act),
}

PERFORMED: dict[str, Operation] = {
    "finish_application": perform("finish_application", "applicant"),
    "activate": perform("activate", "screened"),
    "reinstate": perform("reinstate", "gone"),
    "reopen_screening": perform("reopen_screening", "gone"),
    "reject": perform("reject", "screened"),
    "withdraw": perform("withdraw", "active"),
    "delete_account": perform("delete_account", "active"),
    "make_rtbm": perform("make_rtbm", "rescreening"),
    "make_rescreening": perform("make_rescreening", "done"),
    "not_matching": perform("not_matching", "waiting_mentee"),
    "rescreen": perform("rescreen", "aside"),
    "match": Operation("performTransition", "mentee", _match_by_key, _judged_act),
    "close_match": perform("close_match", "open", answers=_GOODBYE),
    "open_match": perform("open_match", "over"),
    "delete_match": perform("delete_match", "open"),
    "inactivate_persona": perform("inactivate_persona", "waiting"),
    "reactivate_persona": perform("reactivate_persona", "idle"),
}
"""Every transition that somebody may press."""

QUERIES: dict[str, Operation] = {
    "viewer": Operation("viewer", "site", lambda _: ("{ viewer { name } }", {}), _judged_act),
    "clock": Operation("clock", "site", lambda _: ("{ clock { now } }", {}), _judged_act),
    "due": Operation(
        "due",
        "program",
        lambda records: ("query($key: String) { due(program: $key) { dueAt } }", {"key": records.program}),
        _judged_act,
    ),
    "inconsistencies": Operation(
        "inconsistencies",
        "program",
        lambda records: ("query($key: String) { inconsistencies(program: $key) { code } }", {"key": records.program}),
        _judged_act,
    ),
    "checkRules": Operation("checkRules", "program", _check_rules, _judged_act),
    "programs": find("programs", "program", "", "{ key }"),
    "program": find("program", "program", "(key: $key)", "{ key }", key=_program),
    "sites": find("sites", "site", "(program: $program)", program=_program),
    "tokens": find("tokens", "token", ""),
    "node": find("node", "active", "(id: $id)", id=_of("active")),
    "node of a site": find("node", "site", "(id: $id)", id=_of("site")),
    "node of a change": find("node", "change", "(id: $id)", id=_of("change")),
    "node of a message": find("node", "message", "(id: $id)", id=_of("message")),
    "nodes": find("nodes", "waiting", "(ids: $ids)", ids=lambda records: [records["waiting"], records["open"]]),
    "user": find("user", "active", "(id: $id)", id=_of("active")),
    "user by e-mail": find(
        "user", "active", "(program: $program, email: $email)", program=_program, email=_of("email")
    ),
    "user by external id": find(
        "user", "active", "(program: $program, externalId: $external)", program=_program, external=_of("external_id")
    ),
    "users": find("users", "active", _PAGE, _LIST, program=_program),
    "persona": find("persona", "waiting", "(id: $id)", id=_of("waiting")),
    "personas": find("personas", "waiting", _PAGE, _LIST, program=_program),
    "match": find("match", "open", "(id: $id)", id=_of("open")),
    "matches": find("matches", "open", _PAGE, _LIST, program=_program),
    "record": find("record", "note", "(id: $id)", id=_of("note")),
    "records": find("records", "note", _PAGE, _LIST, program=_program),
    "history": find(
        "history",
        "change",
        "(program: $program, filter: {subjectIdIn: $ids})",
        _LIST,
        program=_program,
        ids=lambda records: [records["over"]],
    ),
    "messages": find("messages", "message", _PAGE, _LIST, program=_program),
}
