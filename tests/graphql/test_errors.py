"""What is refused says why, completely, in the caller's words, and writes nothing."""

from typing import Any

import pytest

from tests.graphql.builders import STAFF, Api, Person


def refused(api: Api, mutation: str, select: str = "", **given: Any) -> list[dict[str, Any]]:
    """The errors of a mutation that must be refused and write nothing."""
    before = api.history_length()
    payload = api.do(mutation, select, **given)
    assert payload["userErrors"] != []
    assert api.history_length() == before
    return payload["userErrors"]


@pytest.fixture
def ann(api: Api) -> Person:
    return api.person("Ann")


@pytest.fixture
def eve(api: Api) -> Person:
    return api.person("Eve", "MENTEE")


def test_every_malformed_id_is_told_at_once(api: Api) -> None:
    errors = refused(api, "matchPersonas", mentorPersonaId="7", menteePersonaId="User-1")
    assert [(e["__typename"], e["code"], e["path"]) for e in errors] == [
        ("InputError", "INVALID_INPUT", ["input", "mentorPersonaId"]),
        ("InputError", "INVALID_INPUT", ["input", "menteePersonaId"]),
    ]
    assert errors[0]["message"] == '"7" is not an id. Give one of the form Persona-1.'


@pytest.mark.parametrize(
    ("mutation", "argument", "number"),
    [
        ("finishApplication", "userId", "User-99"),
        ("makeRescreening", "userId", "User-99"),
        ("updateUser", "userId", "User-99"),
        ("makeReadyToBeMatched", "personaId", "Persona-99"),
        ("placePersona", "personaId", "Persona-99"),
        ("openMatch", "matchId", "Match-99"),
        ("closeMatch", "matchId", "Match-99"),
    ],
)
def test_a_record_that_does_not_exist_is_not_found(api: Api, mutation: str, argument: str, number: str) -> None:
    (error,) = refused(api, mutation, **{argument: number})
    assert (error["code"], error["path"]) == ("NOT_FOUND", ["input", argument])


def test_the_second_of_two_is_named_too(api: Api, ann: Person) -> None:
    (error,) = refused(api, "matchPersonas", mentorPersonaId=ann.persona, menteePersonaId="Persona-99")
    assert (error["code"], error["path"]) == ("NOT_FOUND", ["input", "menteePersonaId"])


def test_missing_and_wrong_answers_are_told_at_once_under_their_arguments(api: Api, ann: Person, eve: Person) -> None:
    match = api.match(ann, eve)
    errors = refused(api, "closeMatch", matchId=match, closeReason="BORED", answers=[{"key": "mood", "value": "bad"}])
    assert {tuple(error["path"]) for error in errors} == {
        ("input", "answers", "mood"),
        ("input", "closeReason"),
        ("input", "mentorRematch"),
        ("input", "menteeRematch"),
    }
    assert {error["code"] for error in errors} == {"INVALID_INPUT"}
    wrong = next(error for error in errors if error["path"] == ["input", "closeReason"])
    assert "LENGTH" in wrong["message"]


def test_an_answer_given_twice_and_differently_is_refused(api: Api, ann: Person, eve: Person) -> None:
    match = api.match(ann, eve)
    errors = refused(
        api, "closeMatch", matchId=match, closeReason="LENGTH", mentorRematch="NO", menteeRematch="NO",
        answers=[{"key": "close_reason", "value": "OTHER"}],
    )  # fmt: skip
    assert [(e["code"], e["path"]) for e in errors] == [("INVALID_INPUT", ["input", "closeReason"])]


def test_an_answer_with_value_and_values_is_refused(api: Api, ann: Person, eve: Person) -> None:
    match = api.match(ann, eve)
    answers = [{"key": "close_reason", "value": "OTHER", "values": ["OTHER", "LENGTH"]}]
    errors = refused(api, "closeMatch", matchId=match, mentorRematch="NO", menteeRematch="NO", answers=answers)
    assert [(tuple(error["path"]), error["message"]) for error in errors] == [
        (
            ("input", "closeReason"),
            "close_reason has value and values. Send value for one answer, values for several.",
        )
    ]


def test_several_values_for_a_question_that_takes_one_are_refused(api: Api, ann: Person, eve: Person) -> None:
    match = api.match(ann, eve)
    answers = [{"key": "close_reason", "values": ["OTHER", "LENGTH"]}, {"key": "close_sub_reason", "values": []}]
    errors = refused(api, "closeMatch", matchId=match, mentorRematch="NO", menteeRematch="NO", answers=answers)
    assert [error["message"] for error in errors] == [
        "Why is the match being closed? OTHER, LENGTH is not one of the answers. "
        "One of LENGTH, MENTEE_INITIATED, MENTOR_INITIATED, OTHER."
    ]


def test_an_unknown_status_is_told_with_those_there_are(api: Api, ann: Person) -> None:
    (error,) = refused(api, "changeUserStatus", userId=ann.user, to="ACTIV")
    assert (error["code"], error["path"]) == ("INVALID_INPUT", ["input", "to"])
    assert "Did you mean ACTIVE?" in error["message"]


def test_an_unknown_transition_is_not_configured(api: Api, ann: Person) -> None:
    (error,) = refused(api, "performTransition", transition="promote", subjectId=ann.user)
    assert (error["code"], error["path"]) == ("TRANSITION_NOT_CONFIGURED", ["input", "transition"])


def test_a_transition_of_another_kind_of_record_is_invalid(api: Api, ann: Person) -> None:
    (error,) = refused(api, "performTransition", transition="withdraw", subjectId=ann.persona)
    assert (error["code"], error["path"]) == ("INVALID_INPUT", ["input", "subjectId"])


def test_an_unknown_program_is_invalid(api: Api) -> None:
    errors = refused(api, "registerUser", program="defualt", name="Ann", email="a@example.org", role="MENTOR")
    assert [(e["code"], e["path"]) for e in errors] == [("INVALID_INPUT", ["input", "program"])]
    assert "Did you mean default?" in errors[0]["message"]


def test_a_taken_address_exists_already(api: Api, ann: Person) -> None:
    (error,) = refused(api, "registerUser", name="Another Ann", email="ANN@example.org", role="MENTOR")
    assert (error["code"], error["path"]) == ("ALREADY_EXISTS", ["input", "email"])


def test_an_unknown_site_is_told_with_those_there_are(api: Api, ann: Person) -> None:
    api.done("addSite", key="north", name="North School")
    (error,) = refused(api, "placePersona", personaId=ann.persona, partnerSite="nort")
    assert (error["code"], error["path"]) == ("INVALID_INPUT", ["input", "partnerSite"])
    assert "north" in error["message"]


def test_what_the_rules_refuse_comes_with_reasons_lines_and_alternatives(api: Api, ann: Person, eve: Person) -> None:
    match = api.match(ann, eve)
    (error,) = refused(api, "performTransition", "subject { id }", transition="withdraw", subjectId=ann.user)
    assert (error["__typename"], error["code"]) == ("TransitionNotAllowedError", "TRANSITION_NOT_ALLOWED")
    assert error["path"] == ["input", "subjectId"]
    assert error["currentStatus"] == {"key": "ACTIVE"}
    (blocker,) = error["blockers"]
    assert (blocker["code"], blocker["subject"]) == ("NO_OPEN_MATCH", {"id": ann.persona})
    assert blocker["file"].endswith("rules/transitions.yaml")
    assert blocker["line"] > 1
    assert "support@example.org" in error["message"]
    assert all(other["subject"]["id"] in {ann.user, ann.persona, match} for other in error["alternatives"])


def test_the_wrong_status_is_a_reason_like_any_other(api: Api, ann: Person) -> None:
    (error,) = refused(api, "makeReadyToBeMatched", "persona { id } planned { machine }", personaId=ann.persona)
    assert error["code"] == "TRANSITION_NOT_ALLOWED"
    assert [blocker["code"] for blocker in error["blockers"]] == ["WRONG_STATUS", "PLACED"]


def test_who_may_not_press_it_is_told_so_with_the_other_reasons_too(api: Api, ann: Person, eve: Person) -> None:
    api.match(ann, eve)
    api.place(ann)
    (error,) = refused(api.as_(STAFF), "performTransition", transition="delete_account", subjectId=ann.user)
    assert (error["__typename"], error["code"]) == ("TransitionNotAllowedError", "NOT_PERMITTED")
    assert "NO_OPEN_MATCH" in [blocker["code"] for blocker in error["blockers"]]


def test_an_act_that_is_not_for_the_caller_is_not_permitted(api: Api) -> None:
    (error,) = refused(api.as_(STAFF), "addSite", key="north", name="North School")
    assert (error["code"], error["path"]) == ("NOT_PERMITTED", None)


def test_a_warning_must_be_confirmed(api: Api, ann: Person, eve: Person) -> None:
    api.match(ann, eve)
    (error,) = refused(api, "changePersonaStatus", personaId=ann.persona, to="INACTIVE")
    assert (error["__typename"], error["code"]) == ("ConfirmationRequiredError", "CONFIRMATION_REQUIRED")
    assert error["path"] == ["input", "options", "confirm"]
    assert [warning["code"] for warning in error["warnings"]] == ["CUTS_COMMUNICATION"]
    options = {"confirm": ["CUTS_COMMUNICATION"]}
    api.done("changePersonaStatus", personaId=ann.persona, to="INACTIVE", options=options)


def test_reasons_and_wrong_answers_come_together(api: Api, ann: Person, eve: Person) -> None:
    match = api.match(ann, eve)
    api.done("closeMatch", matchId=match, closeReason="LENGTH", mentorRematch="NO", menteeRematch="NO")
    errors = refused(api, "closeMatch", matchId=match, closeReason="LENGTH", mentorRematch="NO")
    assert [error["code"] for error in errors] == ["TRANSITION_NOT_ALLOWED", "INVALID_INPUT"]
    assert errors[1]["path"] == ["input", "menteeRematch"]


def test_a_newer_version_is_shown(api: Api, ann: Person) -> None:
    (error,) = refused(
        api, "changeUserStatus", userId=ann.user, to="INACTIVE_WITHDRAWN", options={"expectedVersion": 1}
    )
    assert (error["__typename"], error["code"]) == ("VersionConflictError", "VERSION_CONFLICT")
    assert error["path"] == ["input", "options", "expectedVersion"]
    assert error["current"]["id"] == ann.user
    assert error["current"]["version"] > 1
    options = {"expectedVersion": error["current"]["version"]}
    api.done("changeUserStatus", userId=ann.user, to="INACTIVE_WITHDRAWN", options=options)


def test_a_time_to_come_is_refused(api: Api, ann: Person) -> None:
    errors = refused(
        api,
        "changeUserStatus",
        userId=ann.user,
        to="INACTIVE_WITHDRAWN",
        options={"effectiveAt": "2099-01-01T00:00:00Z"},
    )
    assert [(e["code"], e["path"]) for e in errors] == [("INVALID_INPUT", ["input", "options", "effectiveAt"])]


def test_a_text_that_no_database_can_hold_is_refused(api: Api) -> None:
    errors = refused(api, "registerUser", name="A\0nn", email="a@example.org", role="MENTOR", options={"note": "\0"})
    assert [e["path"] for e in errors] == [["input", "name"], ["input", "options", "note"]]


def test_a_refusal_leaves_everything_else_empty(api: Api, ann: Person) -> None:
    select = "persona { id } change { id } sideEffects { id } planned { machine } "
    select += "createdPersonas { id } created { id } warnings { code }"
    payload = api.do("makeReadyToBeMatched", select, personaId=ann.persona)
    assert {key: value for key, value in payload.items() if key != "userErrors"} == {
        "persona": None, "change": None, "sideEffects": [], "planned": [], "createdPersonas": [], "created": [],
        "warnings": [],
    }  # fmt: skip


def test_the_second_of_two_mutations_in_one_request_sees_the_first(api: Api) -> None:
    ann = api.person("Ann", active=False)
    data = api.ask(
        """mutation M($id: ID!) {
          one: changeUserStatus(input: {userId: $id, to: "ACTIVE"}) { userErrors { code } }
          two: changeUserStatus(input: {userId: $id, to: "SCREENING_INCOMPLETE"}) { user { status { key } } }
          three: changeUserStatus(input: {userId: $id, to: "ACTIVE"}) { user { status { key } } }
        }""",
        id=ann.user,
    )
    assert data["one"]["userErrors"] == [{"code": "TRANSITION_NOT_ALLOWED"}]
    assert data["two"]["user"] == {"status": {"key": "SCREENING_INCOMPLETE"}}
    assert data["three"]["user"] == {"status": {"key": "ACTIVE"}}


def test_two_personas_named_as_each_others_side_are_told_apart(api: Api, ann: Person, eve: Person) -> None:
    errors = refused(api, "matchPersonas", mentorPersonaId=eve.persona, menteePersonaId=ann.persona)
    assert [(error["code"], error["path"], error["message"]) for error in errors] == [
        ("INVALID_INPUT", ["input", "mentorPersonaId"], "This persona is a mentee: name one of the other role."),
        ("INVALID_INPUT", ["input", "menteePersonaId"], "This persona is a mentor: name one of the other role."),
    ]


@pytest.mark.parametrize(
    ("mutation", "argument", "fields"),
    [("updateUser", "userId", "name, email, externalId"), ("placePersona", "personaId", "partnerSite, mentorSiteList")],
)
def test_an_edit_that_changes_nothing_is_told_what_could_be_sent(
    api: Api, ann: Person, mutation: str, argument: str, fields: str
) -> None:
    (error,) = refused(api, mutation, **{argument: ann.user if argument == "userId" else ann.persona})
    assert (error["code"], error["path"]) == ("INVALID_INPUT", None)
    assert error["message"] == f"Nothing is to be changed: send at least one of {fields}."
