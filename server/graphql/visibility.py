"""Which class each field of the schema has, and what holds every answer to it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from graphql import (
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    default_field_resolver,
    is_introspection_type,
    is_non_null_type,
)

from server.domain.access import FieldClass
from server.domain.people import first_name
from server.engine.questions import Input

Classes = frozenset[FieldClass]
Resolver = Callable[..., Any]

PUBLIC: Classes = frozenset({FieldClass.PUBLIC})
STAFF: Classes = frozenset({FieldClass.STAFF})
SENSITIVE: Classes = frozenset({FieldClass.SENSITIVE})
NOTES: Classes = STAFF | SENSITIVE
"""What staff write about people in their own words: only for who sees both classes.

A mentor sees what is sensitive about themselves, but not what staff noted about them or their mentee.
"""


class Shown(Protocol):
    """What belongs to a record: its fields are shown by the classes that the caller sees there."""

    def shown(self) -> Classes:
        """The classes of field that are shown; none: the record is seen only as a partner."""

    def show(self, classes: Classes) -> None:
        """Takes down that a field of these classes has been shown."""


@dataclass(frozen=True, slots=True)
class Fields:
    """The fields of one type.

    ``always``: the names of the public fields that are shown to whoever may see the record, even as a
    partner. ``needs``: for each other field the classes a caller must see on the record; else it is null.
    """

    always: str
    needs: Mapping[str, Classes] = field(default_factory=dict)

    def names(self) -> set[str]:
        """Every field that is classified."""
        return {*self.always.split(), *self.needs}


_SUBJECT = "id version program statuses statusesAt fields fieldsAt availableTransitions history"
_PAGE = Fields("nodes pageInfo edges totalCount totalCountIsCapped")
_EDGE = Fields("cursor node")
_ACT = "change sideEffects planned createdPersonas created warnings userErrors"
_ERROR = "code message path"

TABLE: Mapping[str, Fields] = {
    # Records of people, and what belongs to one.
    "User": Fields(
        f"{_SUBJECT} name status statusChangedAt createdAt personas currentPersona matches records",
        {"email": SENSITIVE, "externalId": SENSITIVE},
    ),
    "Persona": Fields(
        f"{_SUBJECT} role status matchStatus statusChangedAt createdAt user match matches records",
        {"partnerSite": PUBLIC, "mentorSiteList": STAFF},
    ),
    # A match is seen in full or not at all. Which of its answers are listed goes by class_of_answer. Who proposed
    # it is shown to whoever may know that person: anybody else finds null.
    "Match": Fields(
        f"{_SUBJECT} status createdAt openedAt closedAt mentor mentee proposedBy answers canCommunicate"
        " communicationBlockers records"
    ),
    # A record of a declared kind too. It is about those of its people and records whom the caller may know.
    "Record": Fields(f"{_SUBJECT} kind label about author records createdAt"),
    "StatusChange": Fields(
        "id cursor machine transition actorName actor effectiveAt recordedAt rulesRevision subject from to answers"
        " causedBy causes undoes undoneBy canUndo undoBlockers corrections"
        " corrects",
        {"note": NOTES},
    ),
    # The text is never null, so that it is empty instead; see Message.body.
    "Message": Fields(
        "id template channel role recipient body state attempts error createdAt deliveredAt cause subject",
        {"address": SENSITIVE, "title": SENSITIVE},
    ),
    "Answer": Fields("key label value valueLabel"),
    # Those of which the caller may not see the note or the answer are left out.
    "Correction": Fields("key label before after change"),
    # Each field has the class that the rules give it: field_values leaves out what may not be seen.
    "FieldValue": Fields("key label type value values valueLabel"),
    "FieldDefinition": Fields("key label owner ofKind type choices visibility isList isDerived"),
    "SubjectStatus": Fields("machine status since"),
    "PlannedChange": Fields("subject machine from to transition creates"),
    "TransitionOption": Fields("allowed role transition subject targets inputs blockers warnings"),
    # Blockers come here without the records, and without the values, that the caller may not see.
    "TransitionBlocker": Fields("code message file line subject"),
    "TransitionWarning": Fields("code message"),
    # Programs, their sites and their rules say nothing about people.
    "Program": Fields(f"{_SUBJECT} key name supportContact rules statusCounts"),
    "Site": Fields(f"{_SUBJECT} key name"),
    "StatusCount": Fields("status count"),
    "Ruleset": Fields("revision title loadedAt machines machine fields problems chart"),
    "RulesReport": Fields("isValid revision diagnostics changes impact"),
    "RulesImpact": Fields("status affectedCount message"),
    "Diagnostic": Fields("severity code message file line column hint"),
    "StateMachine": Fields("key label owner ofKind statuses transitions"),
    "Status": Fields("machine key label short description category colour position isInitial isRetired"),
    "Transition": Fields(
        "key label help machine creates isAutomatic happens actors mutation line from to targets inputs"
    ),
    "InputField": Fields("key label type isRequired choices"),
    "InputChoice": Fields("key label"),
    # Whoever asks, and the tokens that they may revoke: nobody else is shown any.
    "Viewer": Fields("name roles programs user"),
    "Token": Fields("id name prefix roles createdAt expiresAt lastUsedAt revokedAt program site user"),
    "Clock": Fields("now isTest"),
    "DueTransition": Fields("subject transition dueAt"),
    # It speaks in the words of the rules; of records that are seen in full.
    "Inconsistency": Fields("code message subject repair"),
    # What leads to records: these are guarded where they are, so that the way to them tells nothing.
    "Query": Fields(
        "node nodes viewer programs program sites user users persona personas match matches record records history"
        " messages tokens clock checkRules due inconsistencies"
    ),
    "Mutation": Fields(
        "registerUser finishApplication changeUserStatus addPersona updateUser makeRescreening changePersonaStatus"
        " changeMatchStatus makeReadyToBeMatched placePersona matchPersonas closeMatch openMatch deleteMatch"
        " createToken revokeToken advanceClock addSite performTransition undoStatusChange updateFields sendEvent runDue"
        " bulkPerformTransition bulkTransitionByFilter correctStatusChange"
    ),
    "Subscription": Fields("statusChanged rulesChanged"),
    "Node": Fields("id"),
    "Subject": Fields(_SUBJECT),
    "PageInfo": Fields("hasNextPage hasPreviousPage startCursor endCursor"),
    "UserConnection": _PAGE,
    "UserEdge": _EDGE,
    "PersonaConnection": _PAGE,
    "PersonaEdge": _EDGE,
    "MatchConnection": _PAGE,
    "MatchEdge": _EDGE,
    "RecordConnection": _PAGE,
    "RecordEdge": _EDGE,
    "StatusChangeConnection": _PAGE,
    "StatusChangeEdge": _EDGE,
    "MessageConnection": _PAGE,
    "MessageEdge": _EDGE,
    "ChangePayload": Fields(_ACT),
    "UserPayload": Fields(f"{_ACT} user"),
    "PersonaPayload": Fields(f"{_ACT} persona"),
    "MatchPayload": Fields(f"{_ACT} match"),
    "TransitionPayload": Fields(f"{_ACT} subject"),
    "BulkPayload": Fields("results changedCount refusedCount userErrors"),
    "BulkItemResult": Fields("index subject change sideEffects planned userErrors"),
    "PlacementPayload": Fields("persona userErrors"),
    "SitePayload": Fields("site userErrors"),
    "CreateTokenPayload": Fields("token secret userErrors"),
    "TokenPayload": Fields("token userErrors"),
    # Messages speak in the words of the rules and of the request, never in those of a record.
    "UserError": Fields(_ERROR),
    "InputError": Fields(_ERROR),
    "TransitionNotAllowedError": Fields(f"{_ERROR} currentStatus blockers alternatives"),
    "ConfirmationRequiredError": Fields(f"{_ERROR} warnings"),
    "VersionConflictError": Fields(f"{_ERROR} current"),
}
"""Every field of every type. A new field gets its class here, before the schema can be built."""

_NAME = ("User", "name")
"""Of a partner only the first name is shown; the field is never null, so that it is cut instead."""


class VisibilityError(Exception):
    """The table and the schema do not fit each other; the text says every place."""


def class_of_answer(asked: Input | None) -> Classes:
    """What a caller must see to be shown an answer; it is left out otherwise.

    A choice is a detail of staff's work. A text may say anything about anybody, and so may the answer
    to a question that the rules no longer have.
    """
    return NOTES if asked is None or asked.type == "text" else STAFF


def guard(schema: GraphQLSchema, table: Mapping[str, Fields] = TABLE) -> None:
    """Makes every field of the schema keep to the table. Raises VisibilityError where the two do not fit."""
    problems = [*_unclassified(schema, table), *_unknown(schema, table), *_never_null(schema, table)]
    if problems:
        raise VisibilityError("\n".join(problems))
    for name, fields in table.items():
        own = _types(schema)[name].fields
        for key, needed in fields.needs.items():
            own[key].resolve = _or_null(own[key].resolve or default_field_resolver, needed)
        if name == _NAME[0]:
            own[_NAME[1]].resolve = _cut(own[_NAME[1]].resolve or default_field_resolver)


def _or_null(resolve: Resolver, needed: Classes) -> Resolver:
    def shown(source: Shown, info: Any, **given: Any) -> Any:
        found = resolve(source, info, **given) if needed <= source.shown() else None
        if found is not None:
            source.show(needed)
        return found

    return shown


def _cut(resolve: Resolver) -> Resolver:
    def shown(source: Shown, info: Any, **given: Any) -> Any:
        name = resolve(source, info, **given)
        return name if source.shown() else first_name(name)

    return shown


def _types(schema: GraphQLSchema) -> dict[str, GraphQLObjectType | GraphQLInterfaceType]:
    return {
        name: kind
        for name, kind in schema.type_map.items()
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType) and not is_introspection_type(kind)
    }


def _unclassified(schema: GraphQLSchema, table: Mapping[str, Fields]) -> Iterator[str]:
    for name, kind in _types(schema).items():
        for key in kind.fields.keys() - (table[name].names() if name in table else set()):
            yield f"{name}.{key} has no class: add it to TABLE in server/graphql/visibility.py."


def _unknown(schema: GraphQLSchema, table: Mapping[str, Fields]) -> Iterator[str]:
    types = _types(schema)
    for name, fields in table.items():
        for key in fields.names() - (types[name].fields.keys() if name in types else set()):
            yield f"{name}.{key} is not in the schema: take it out of TABLE in server/graphql/visibility.py."


def _never_null(schema: GraphQLSchema, table: Mapping[str, Fields]) -> Iterator[str]:
    types = _types(schema)
    for name, fields in table.items():
        for key in fields.needs:
            found = types[name].fields.get(key) if name in types else None
            if found is not None and is_non_null_type(found.type):
                yield f"{name}.{key} is never null, so that it cannot be hidden: make it nullable or always shown."
