"""The life cycle of a mentor, sentence by sentence, over HTTP: what program staff are told must work."""

import itertools
from collections.abc import Iterator
from typing import Any

import pytest

from tests.serving import Api, serving

PERSON = "user { id status { key } personas { id role status { key } matchStatus { key } version } }"
PERSONA = "persona { id status { key } matchStatus { key } partnerSite { key } mentorSiteList }"
MATCH = "match { id status { key } mentor { id matchStatus { key } } mentee { id matchStatus { key } } }"
DONE = """change { machine from { key } to { key } transition actorName }
  sideEffects { machine from { key } to { key } transition subject { id } }
  createdPersonas { id role status { key } matchStatus { key } partnerSite { key } mentorSiteList }"""
ANSWERS = {"closeReason": "LENGTH", "mentorRematch": "NO", "menteeRematch": "NO"}


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    with serving(f"sqlite:///{tmp_path_factory.mktemp('article')}/article.db") as client:
        client.do("addSite", "site { id key }", key="lincoln", name="Lincoln High School")
        yield client


NUMBERS = itertools.count(1)


def register(api: Api, role: str = "MENTOR", **more: Any) -> Any:
    number = next(NUMBERS)
    values = {"role": role, "name": f"Person {number}", "email": f"person{number}@example.org", **more}
    return api.do("registerUser", PERSON, **values)["user"]


def screened(api: Api, role: str = "MENTOR") -> Any:
    user = register(api, role)
    return api.do("finishApplication", PERSON, userId=user["id"])["user"]


def ready(api: Api, role: str = "MENTOR") -> Any:
    user = screened(api, role)
    return api.do("changeUserStatus", PERSON, userId=user["id"], to="ACTIVE")["user"]


def matched(api: Api) -> tuple[Any, Any, Any]:
    mentor, mentee = ready(api), ready(api, "MENTEE")
    sides = {"mentorPersonaId": mentor["personas"][0]["id"], "menteePersonaId": mentee["personas"][0]["id"]}
    return mentor, mentee, api.do("matchPersonas", MATCH, **sides)["match"]


def closed(api: Api, **answers: str) -> tuple[Any, Any, Any]:
    mentor, mentee, match = matched(api)
    payload = api.do("closeMatch", f"{MATCH} {DONE}", matchId=match["id"], **{**ANSWERS, **answers})
    return mentor, mentee, payload


def person(api: Api, user_id: str) -> Any:
    return api.run(f"query($id: ID!) {{ {PERSON.replace('user', 'user(id: $id)', 1)} }}", id=user_id)["user"]


def match_statuses(user: Any) -> list[str]:
    return [persona["matchStatus"]["key"] for persona in user["personas"]]


def options(api: Api, node_id: str) -> dict[str, Any]:
    query = """query($id: ID!) { node(id: $id) { ... on Subject { availableTransitions(includeBlocked: true) {
      transition { key label } subject { id } allowed blockers { code message file line } warnings { code } } } } }"""
    found = api.run(query, id=node_id)["node"]["availableTransitions"]
    return {option["transition"]["key"]: option for option in found if option["subject"]["id"] == node_id}


# -- the flow and its chart ---------------------------------------------------------------------------


def test_a_mentor_goes_through_the_whole_flow_from_application_to_rematch(api: Api) -> None:
    mentor, _, payload = closed(api, mentorRematch="MAYBE")
    (again,) = payload["createdPersonas"]
    api.do("placePersona", PERSONA, personaId=again["id"], partnerSite="lincoln", mentorSiteList="Lincoln mentors")
    api.do("makeReadyToBeMatched", PERSONA, personaId=again["id"])
    mentee = ready(api, "MENTEE")
    sides = {"mentorPersonaId": again["id"], "menteePersonaId": mentee["personas"][0]["id"]}
    assert api.do("matchPersonas", MATCH, **sides)["match"]["status"] == {"key": "OPEN"}
    assert match_statuses(person(api, mentor["id"])) == ["CLOSED", "MATCHED"]


def test_every_status_has_one_of_the_three_colours_of_the_chart_a_label_and_a_description(api: Api) -> None:
    query = """{ program { rules { machines { key statuses { key label description category colour } } } } }"""
    machines = api.run(query)["program"]["rules"]["machines"]
    colours = {"STEP": "dark-blue", "PARTICIPATING": "light-blue", "FINAL": "green"}
    for status in itertools.chain.from_iterable(machine["statuses"] for machine in machines):
        assert status["colour"] == colours[status["category"]]
        assert status["label"]
        assert status["description"]
    categories = {
        machine["key"]: {status["key"]: status["category"] for status in machine["statuses"]} for machine in machines
    }
    assert categories["user_status"] == {
        "APPLICATION_INCOMPLETE": "STEP",
        "SCREENING_INCOMPLETE": "STEP",
        "ACTIVE": "PARTICIPATING",
        "INACTIVE_REJECTED": "FINAL",
        "INACTIVE_WITHDRAWN": "FINAL",
        "INACTIVE_DELETED": "FINAL",
    }


def test_user_persona_and_match_status_are_three_machines_with_owners_of_their_own(api: Api) -> None:
    machines = api.run("{ program { rules { machines { key label owner } } } }")["program"]["rules"]["machines"]
    assert [(machine["key"], machine["label"], machine["owner"]) for machine in machines] == [
        ("user_status", "User Status", "USER"),
        ("persona_status", "Persona Status", "PERSONA"),
        ("match_status", "Match Status", "PERSONA"),
        ("pair_status", "Pair Status", "MATCH"),
    ]


# -- user status --------------------------------------------------------------------------------------


def test_everybody_starts_with_an_incomplete_application_and_one_active_persona_never_matched(api: Api) -> None:
    user = register(api)
    assert user["status"] == {"key": "APPLICATION_INCOMPLETE"}
    (persona,) = user["personas"]
    assert (persona["status"], persona["matchStatus"]) == ({"key": "ACTIVE"}, {"key": "NOT_APPLICABLE"})


def test_finishing_the_application_moves_the_mentor_by_itself_to_screening_incomplete(api: Api) -> None:
    user = register(api)
    payload = api.do("finishApplication", f"{PERSON} {DONE}", userId=user["id"])
    assert payload["user"]["status"] == {"key": "SCREENING_INCOMPLETE"}
    assert payload["change"] == {
        "machine": "user_status",
        "from": {"key": "APPLICATION_INCOMPLETE"},
        "to": {"key": "SCREENING_INCOMPLETE"},
        "transition": "finish_application",
        "actorName": "The platform itself",
    }


def test_it_is_the_only_automatic_change(api: Api) -> None:
    query = "{ program { rules { machines { transitions { key isAutomatic } } } } }"
    machines = api.run(query)["program"]["rules"]["machines"]
    transitions = itertools.chain.from_iterable(machine["transitions"] for machine in machines)
    assert [transition["key"] for transition in transitions if transition["isAutomatic"]] == ["finish_application"]


def test_the_user_status_is_chosen_from_the_statuses_that_can_follow(api: Api) -> None:
    user = screened(api)
    allowed = {key for key, option in options(api, user["id"]).items() if option["allowed"]}
    assert {"activate", "reject", "withdraw"} <= allowed
    assert "finish_application" not in allowed


def test_the_answer_shows_that_the_choice_was_saved(api: Api) -> None:
    user = screened(api)
    answered = api.do("changeUserStatus", PERSON, userId=user["id"], to="ACTIVE")["user"]
    assert answered == person(api, user["id"])


# -- match status, row by row -------------------------------------------------------------------------


def test_never_matched_may_change_to_ready_by_making_the_user_active(api: Api) -> None:
    user = screened(api)
    payload = api.do("changeUserStatus", f"{PERSON} {DONE}", userId=user["id"], to="ACTIVE")
    assert match_statuses(payload["user"]) == ["RTBM"]
    assert payload["sideEffects"] == [
        {
            "machine": "match_status",
            "from": {"key": "NOT_APPLICABLE"},
            "to": {"key": "RTBM"},
            "transition": "enter_pool",
            "subject": {"id": user["personas"][0]["id"]},
        }
    ]


def test_ready_may_change_to_matched_with_match(api: Api) -> None:
    mentor, mentee, match = matched(api)
    assert match["status"] == {"key": "OPEN"}
    assert match["mentor"] == {"id": mentor["personas"][0]["id"], "matchStatus": {"key": "MATCHED"}}
    assert match["mentee"] == {"id": mentee["personas"][0]["id"], "matchStatus": {"key": "MATCHED"}}


def test_matched_may_change_to_closed_with_close_match(api: Api) -> None:
    _, _, payload = closed(api)
    match = payload["match"]
    assert match["status"] == {"key": "CLOSED"}
    assert match["mentor"]["matchStatus"] == match["mentee"]["matchStatus"] == {"key": "CLOSED"}


def test_closed_may_change_with_open_match(api: Api) -> None:
    _, _, payload = closed(api)
    match = api.do("openMatch", MATCH, matchId=payload["match"]["id"])["match"]
    assert match["status"] == {"key": "OPEN"}
    assert match["mentor"]["matchStatus"] == match["mentee"]["matchStatus"] == {"key": "MATCHED"}


def test_rescreening_may_change_to_ready_with_make_rtbm(api: Api) -> None:
    _, _, payload = closed(api, mentorRematch="YES")
    (again,) = payload["createdPersonas"]
    api.do("placePersona", PERSONA, personaId=again["id"], partnerSite="lincoln")
    persona = api.do("makeReadyToBeMatched", PERSONA, personaId=again["id"])["persona"]
    assert persona["matchStatus"] == {"key": "RTBM"}


@pytest.mark.parametrize(
    ("bring_about", "offered", "not_offered"),
    [
        (lambda api: register(api)["personas"][0]["id"], set(), {"match", "make_rtbm"}),
        (lambda api: ready(api)["personas"][0]["id"], {"match"}, {"make_rtbm"}),
        (lambda api: matched(api)[2]["mentor"]["id"], set(), {"match", "make_rtbm"}),
        (lambda api: matched(api)[2]["id"], {"close_match"}, {"open_match"}),
        (lambda api: closed(api)[2]["match"]["id"], {"open_match"}, {"close_match"}),
    ],
    ids=["never matched", "ready", "matched persona", "open match", "closed match"],
)
def test_the_possible_options_depend_on_the_current_match_status(
    api: Api, bring_about: Any, offered: set[str], not_offered: set[str]
) -> None:
    found = options(api, bring_about(api))
    assert {key for key in offered | not_offered if found[key]["allowed"]} == offered
    for key in not_offered:
        assert found[key]["blockers"], key
        assert all(blocker["line"] and blocker["file"] for blocker in found[key]["blockers"])


@pytest.mark.parametrize("row", ["N/A to Matched", "RTBM to Closed", "Closed to RTBM", "Rescreening to Matched"])
def test_what_is_not_in_the_table_is_refused_and_changes_nothing(api: Api, row: str) -> None:
    if row == "N/A to Matched":
        persona_id, to = screened(api)["personas"][0]["id"], "MATCHED"
    elif row == "RTBM to Closed":
        persona_id, to = ready(api)["personas"][0]["id"], "CLOSED"
    elif row == "Closed to RTBM":
        persona_id, to = closed(api)[2]["match"]["mentor"]["id"], "RTBM"
    else:
        persona_id, to = closed(api, mentorRematch="YES")[2]["createdPersonas"][0]["id"], "MATCHED"
    read = f"query($id: ID!) {{ {PERSONA.replace('persona', 'persona(id: $id)', 1)} }}"
    before = api.run(read, id=persona_id)
    (error,) = api.act("changeMatchStatus", PERSONA, personaId=persona_id, to=to)["userErrors"]
    assert error["code"] in ("TRANSITION_NOT_ALLOWED", "NOT_PERMITTED")
    assert error["blockers"]
    assert api.run(read, id=persona_id) == before


# -- personas -----------------------------------------------------------------------------------------


def test_users_need_new_personas_to_be_rematched(api: Api) -> None:
    _, _, payload = closed(api)
    mentee = ready(api, "MENTEE")
    sides = {"mentorPersonaId": payload["match"]["mentor"]["id"], "menteePersonaId": mentee["personas"][0]["id"]}
    (error,) = api.act("matchPersonas", MATCH, **sides)["userErrors"]
    assert [blocker["code"] for blocker in error["blockers"]] == ["READY"]
    assert match_statuses(person(api, mentee["id"])) == ["RTBM"]


@pytest.mark.parametrize("answer", ["YES", "MAYBE"])
@pytest.mark.parametrize("side", ["mentor", "mentee"])
def test_yes_and_maybe_have_already_made_a_rescreening_persona_of_that_side(api: Api, answer: str, side: str) -> None:
    mentor, mentee, payload = closed(api, **{f"{side}Rematch": answer})
    (created,) = payload["createdPersonas"]
    assert created["role"] == side.upper()
    assert (created["status"], created["matchStatus"]) == ({"key": "ACTIVE"}, {"key": "RESCREENING"})
    assert (created["partnerSite"], created["mentorSiteList"]) == (None, None)
    statuses = {
        "mentor": match_statuses(person(api, mentor["id"])),
        "mentee": match_statuses(person(api, mentee["id"])),
    }
    assert statuses.pop(side) == ["CLOSED", "RESCREENING"]
    assert list(statuses.values()) == [["CLOSED"]]


def test_no_makes_no_persona(api: Api) -> None:
    mentor, mentee, payload = closed(api)
    assert payload["createdPersonas"] == []
    assert match_statuses(person(api, mentor["id"])) == match_statuses(person(api, mentee["id"])) == ["CLOSED"]


def test_after_no_the_situation_can_change_and_make_rs_makes_a_new_persona(api: Api) -> None:
    mentor, _, _ = closed(api)
    created = api.do("makeRescreening", PERSONA, userId=mentor["id"])["persona"]
    assert created == {
        "id": created["id"],
        "status": {"key": "ACTIVE"},
        "matchStatus": {"key": "RESCREENING"},
        "partnerSite": None,
        "mentorSiteList": None,
    }
    assert match_statuses(person(api, mentor["id"])) == ["CLOSED", "RESCREENING"]


def test_make_rs_is_refused_while_a_persona_is_in_the_pool(api: Api) -> None:
    mentor = ready(api)
    (error,) = api.act("makeRescreening", PERSONA, userId=mentor["id"])["userErrors"]
    (blocker,) = error["blockers"]
    assert (blocker["code"], blocker["subject"]) == ("NOT_IN_POOL", {"id": mentor["personas"][0]["id"]})
    assert len(person(api, mentor["id"])["personas"]) == 1


def test_the_persona_goes_on_the_right_site_and_list_first_and_then_becomes_ready(api: Api) -> None:
    _, _, payload = closed(api, mentorRematch="YES")
    persona_id = payload["createdPersonas"][0]["id"]
    (error,) = api.act("makeReadyToBeMatched", PERSONA, personaId=persona_id)["userErrors"]
    assert [blocker["code"] for blocker in error["blockers"]] == ["PLACED"]
    placed = api.do(
        "placePersona", PERSONA, personaId=persona_id, partnerSite="lincoln", mentorSiteList="Lincoln mentors"
    )["persona"]
    assert (placed["partnerSite"], placed["mentorSiteList"]) == ({"key": "lincoln"}, "Lincoln mentors")
    ready_now = api.do("makeReadyToBeMatched", PERSONA, personaId=persona_id)["persona"]
    assert ready_now["matchStatus"] == {"key": "RTBM"}


def test_a_persona_created_by_accident_can_be_made_inactive(api: Api) -> None:
    mentor, _, _ = closed(api)
    surplus = api.do("makeRescreening", PERSONA, userId=mentor["id"])["persona"]
    persona = api.do("changePersonaStatus", PERSONA, personaId=surplus["id"], to="INACTIVE")["persona"]
    assert persona["status"] == {"key": "INACTIVE"}


def test_the_user_history_shows_all_personas_and_hides_inactive_ones_when_asked(api: Api) -> None:
    mentor, _, _ = closed(api)
    surplus = api.do("makeRescreening", PERSONA, userId=mentor["id"])["persona"]
    api.do("changePersonaStatus", PERSONA, personaId=surplus["id"], to="INACTIVE")
    query = "query($id: ID!) { user(id: $id) { all: personas { id } active: personas(includeInactive: false) { id } } }"
    found = api.run(query, id=mentor["id"])["user"]
    assert [persona["id"] for persona in found["all"]] == [mentor["personas"][0]["id"], surplus["id"]]
    assert [persona["id"] for persona in found["active"]] == [mentor["personas"][0]["id"]]


def test_making_a_matched_mentor_inactive_needs_a_confirmation_because_it_cuts_communication(api: Api) -> None:
    mentor, _, match = matched(api)
    persona_id = mentor["personas"][0]["id"]
    (error,) = api.act("changePersonaStatus", PERSONA, personaId=persona_id, to="INACTIVE")["userErrors"]
    assert error["code"] == "CONFIRMATION_REQUIRED"
    assert [warning["code"] for warning in error["warnings"]] == ["CUTS_COMMUNICATION"]
    read = "query($id: ID!) { match(id: $id) { canCommunicate communicationBlockers status { key } } }"
    assert api.run(read, id=match["id"])["match"] == {
        "canCommunicate": True,
        "communicationBlockers": [],
        "status": {"key": "OPEN"},
    }
    confirmed = {"personaId": persona_id, "to": "INACTIVE", "options": {"confirm": ["CUTS_COMMUNICATION"]}}
    assert api.do("changePersonaStatus", PERSONA, **confirmed)["persona"]["status"] == {"key": "INACTIVE"}
    afterwards = api.run(read, id=match["id"])["match"]
    assert (afterwards["canCommunicate"], afterwards["status"]) == (False, {"key": "OPEN"})
    assert afterwards["communicationBlockers"]


def test_whoever_cannot_go_on_is_told_whom_to_ask(api: Api) -> None:
    contact = api.run("{ program { supportContact } }")["program"]["supportContact"]
    assert contact
    (error,) = api.act("makeRescreening", PERSONA, userId=register(api)["id"])["userErrors"]
    assert contact in error["message"]
