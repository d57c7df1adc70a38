"""The input types of the mutations. null clears a value, an absent one stays as it is."""

from datetime import datetime

import strawberry

from server.graphql.enums import PersonaRole
from server.graphql.inputs import PROGRAM

UNSET = strawberry.UNSET
_USER = "The global id of the person."
_PERSONA = "The global id of the persona."
_MATCH = "The global id of the match."
_TO = "The key of the status wanted; the transition that leads there is looked up."
ANSWERS = "Answers to the questions that the transition asks."
_OPTIONS = "What can accompany every act."
_SITE = "The key of the partner site."
_LIST = "The pool of mentors destined for a site."


@strawberry.input(description="One answer to a question that a transition asks.")
class AnswerInput:
    """See the description."""

    key: str = strawberry.field(description="The key of the question.")
    value: str | None = strawberry.field(
        default=UNSET, description="The answer: the key of the choice, a text, a date like 2026-01-31, or a site's key."
    )
    values: list[str] | None = strawberry.field(
        default=UNSET, description="Instead of value, for a question that takes several: the keys of the choices."
    )


@strawberry.input(description="What can accompany every act.")
class ChangeOptions:
    """See the description."""

    note: str | None = strawberry.field(default=UNSET, description="A note for history, at most 2,000 characters.")
    effective_at: datetime | None = strawberry.field(
        default=UNSET,
        description="When it really happened: not in the future, not before the previous change; else now.",
    )
    confirm: list[str] | None = strawberry.field(
        default=UNSET, description="The codes of the warnings that you have read and confirm."
    )
    expected_version: int | None = strawberry.field(
        default=UNSET, description="The version of the record you have seen; a newer one refuses the act."
    )
    expected_partner_version: int | None = strawberry.field(
        default=UNSET, description="The same for the second persona, when two are matched."
    )
    idempotency_key: str | None = strawberry.field(
        default=UNSET,
        description="Your own random name for this request, at most 200 characters. Sent again within 7 days with the "
        "same input it answers as the first time and changes nothing more; a refusal is not kept, and is judged anew.",
    )
    dry_run: bool = strawberry.field(default=False, description="Only tell what would change, and write nothing.")


@strawberry.input(description="What a field is to hold; null and an empty list empty it.")
class FieldInput:
    """See the description."""

    key: str = strawberry.field(description="The key of the field.")
    value: str | None = strawberry.field(
        default=UNSET, description="The value: a key of its choices, a text, a number, 2026-01-31, or an id."
    )
    values: list[str] | None = strawberry.field(default=UNSET, description="The values, where it holds several.")


@strawberry.input(description="Something that has happened and that the rules listen to.")
class SendEventInput:
    """See the description."""

    event: str = strawberry.field(description="The key of the event, as the rules have it.")
    subject_id: strawberry.ID = strawberry.field(description="The global id of the record it happened to.")
    answers: list[AnswerInput] | None = strawberry.field(default=UNSET, description=ANSWERS)
    options: ChangeOptions | None = strawberry.field(default=UNSET, description=_OPTIONS)


@strawberry.input(description="A new partner site.")
class AddSiteInput:
    """See the description."""

    program: str | None = strawberry.field(default=UNSET, description=PROGRAM)
    key: str = strawberry.field(description="The key by which it is named from now on; unique in the program.")
    name: str = strawberry.field(description="The name for people.")


@strawberry.input(description="A new person with the first persona.")
class RegisterUserInput:
    """See the description."""

    program: str | None = strawberry.field(default=UNSET, description=PROGRAM)
    transition: str | None = strawberry.field(
        default=UNSET, description="The key of the transition of the rules that brings people in; else register_user."
    )
    role: PersonaRole = strawberry.field(description="The role of the first persona.")
    name: str = strawberry.field(description="The name.")
    email: str | None = strawberry.field(
        default=UNSET,
        description="The e-mail address; unique in the program whatever its case. Needed unless the rules say so.",
    )
    external_id: str | None = strawberry.field(
        default=UNSET, description="The id in another system; unique in the program."
    )
    partner_site: str | None = strawberry.field(default=UNSET, description=_SITE)
    mentor_site_list: str | None = strawberry.field(default=UNSET, description=_LIST)
    fields: list[FieldInput] | None = strawberry.field(
        default=UNSET, description="What the fields of the person and the persona are to hold."
    )
    answers: list[AnswerInput] | None = strawberry.field(default=UNSET, description=ANSWERS)
    options: ChangeOptions | None = strawberry.field(default=UNSET, description=_OPTIONS)


@strawberry.input(description="A transition of a person.")
class UserTransitionInput:
    """See the description."""

    user_id: strawberry.ID = strawberry.field(description=_USER)
    answers: list[AnswerInput] | None = strawberry.field(default=UNSET, description=ANSWERS)
    options: ChangeOptions | None = strawberry.field(default=UNSET, description=_OPTIONS)


@strawberry.input(description="The User Status wanted.")
class ChangeUserStatusInput:
    """See the description."""

    user_id: strawberry.ID = strawberry.field(description=_USER)
    to: str = strawberry.field(description=_TO)
    answers: list[AnswerInput] | None = strawberry.field(default=UNSET, description=ANSWERS)
    options: ChangeOptions | None = strawberry.field(default=UNSET, description=_OPTIONS)


@strawberry.input(description="The Persona Status wanted.")
class ChangePersonaStatusInput:
    """See the description."""

    persona_id: strawberry.ID = strawberry.field(description=_PERSONA)
    to: str = strawberry.field(description=_TO)
    answers: list[AnswerInput] | None = strawberry.field(default=UNSET, description=ANSWERS)
    options: ChangeOptions | None = strawberry.field(default=UNSET, description=_OPTIONS)


@strawberry.input(description="The Match Status wanted.")
class ChangeMatchStatusInput:
    """See the description."""

    persona_id: strawberry.ID = strawberry.field(description=_PERSONA)
    to: str = strawberry.field(description=_TO)
    answers: list[AnswerInput] | None = strawberry.field(default=UNSET, description=ANSWERS)
    options: ChangeOptions | None = strawberry.field(default=UNSET, description=_OPTIONS)


@strawberry.input(description="A further persona of a person.")
class AddPersonaInput:
    """See the description."""

    user_id: strawberry.ID = strawberry.field(description=_USER)
    role: PersonaRole = strawberry.field(description="The role of the persona.")
    partner_site: str | None = strawberry.field(default=UNSET, description=_SITE)
    mentor_site_list: str | None = strawberry.field(default=UNSET, description=_LIST)
    options: ChangeOptions | None = strawberry.field(default=UNSET, description=_OPTIONS)


@strawberry.input(description="Corrections to a person; what is absent stays as it is.")
class UpdateUserInput:
    """See the description."""

    user_id: strawberry.ID = strawberry.field(description=_USER)
    name: str | None = strawberry.field(default=UNSET, description="The new name; it cannot be cleared.")
    email: str | None = strawberry.field(default=UNSET, description="The new e-mail address; null clears it.")
    external_id: str | None = strawberry.field(
        default=UNSET, description="The new id in another system; null clears it."
    )
    options: ChangeOptions | None = strawberry.field(default=UNSET, description=_OPTIONS)


@strawberry.input(description="A new persona in rescreening.")
class MakeRescreeningInput:
    """See the description."""

    user_id: strawberry.ID = strawberry.field(description=_USER)
    role: PersonaRole | None = strawberry.field(
        default=UNSET, description="The role of the new persona; needed only for who has had both."
    )
    answers: list[AnswerInput] | None = strawberry.field(default=UNSET, description=ANSWERS)
    options: ChangeOptions | None = strawberry.field(default=UNSET, description=_OPTIONS)


@strawberry.input(description="A transition of a persona.")
class PersonaTransitionInput:
    """See the description."""

    persona_id: strawberry.ID = strawberry.field(description=_PERSONA)
    answers: list[AnswerInput] | None = strawberry.field(default=UNSET, description=ANSWERS)
    options: ChangeOptions | None = strawberry.field(default=UNSET, description=_OPTIONS)


@strawberry.input(description="Where a persona is placed; what is absent stays as it is.")
class PlacePersonaInput:
    """See the description."""

    persona_id: strawberry.ID = strawberry.field(description=_PERSONA)
    partner_site: str | None = strawberry.field(
        default=UNSET, description="The key of the partner site; null takes the persona off its site."
    )
    mentor_site_list: str | None = strawberry.field(
        default=UNSET, description="The pool of mentors destined for a site; null clears it."
    )
    options: ChangeOptions | None = strawberry.field(default=UNSET, description=_OPTIONS)


@strawberry.input(description="The two who are matched.")
class MatchPersonasInput:
    """See the description."""

    mentor_persona_id: strawberry.ID = strawberry.field(description="The global id of the mentor's persona.")
    mentee_persona_id: strawberry.ID = strawberry.field(description="The global id of the mentee's persona.")
    answers: list[AnswerInput] | None = strawberry.field(default=UNSET, description=ANSWERS)
    options: ChangeOptions | None = strawberry.field(default=UNSET, description=_OPTIONS)


@strawberry.input(description="The closing form of a match.")
class CloseMatchInput:
    """See the description."""

    match_id: strawberry.ID = strawberry.field(description=_MATCH)
    close_reason: str | None = strawberry.field(
        default=UNSET, description="Why it is closed; short for the answer close_reason."
    )
    mentor_rematch: str | None = strawberry.field(
        default=UNSET, description="Whether the mentor continues; short for the answer mentor_rematch."
    )
    mentee_rematch: str | None = strawberry.field(
        default=UNSET, description="Whether the mentee continues; short for the answer mentee_rematch."
    )
    answers: list[AnswerInput] | None = strawberry.field(default=UNSET, description=ANSWERS)
    options: ChangeOptions | None = strawberry.field(default=UNSET, description=_OPTIONS)


@strawberry.input(description="A transition of a match.")
class MatchTransitionInput:
    """See the description."""

    match_id: strawberry.ID = strawberry.field(description=_MATCH)
    answers: list[AnswerInput] | None = strawberry.field(default=UNSET, description=ANSWERS)
    options: ChangeOptions | None = strawberry.field(default=UNSET, description=_OPTIONS)


@strawberry.input(description="What fields of a record are to hold; those left out stay as they are.")
class UpdateFieldsInput:
    """See the description."""

    subject_id: strawberry.ID = strawberry.field(description="The record.")
    fields: list[FieldInput] = strawberry.field(description="The fields to be set.")
    options: ChangeOptions | None = strawberry.field(default=UNSET, description=_OPTIONS)


@strawberry.input
class NamedTransition:
    """What every input begins with that names a transition and its records; no input of the API by itself."""

    transition: str = strawberry.field(description="The key of the transition, as availableTransitions gives it.")
    subject_id: strawberry.ID = strawberry.field(
        description="The record: for a new persona its person, for a new match one of the two personas, "
        "for a record of a further kind what it is linked to first."
    )
    partner_id: strawberry.ID | None = strawberry.field(
        default=UNSET, description="The other persona, when two are matched; what a new record is linked to second."
    )


@strawberry.input(description="Any transition of the rules, on any record.")
class PerformTransitionInput(NamedTransition):
    """See the description."""

    role: PersonaRole | None = strawberry.field(
        default=UNSET, description="The role of the persona that is made, if one is made."
    )
    answers: list[AnswerInput] | None = strawberry.field(default=UNSET, description=ANSWERS)
    options: ChangeOptions | None = strawberry.field(default=UNSET, description=_OPTIONS)
