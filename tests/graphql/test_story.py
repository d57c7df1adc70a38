"""Every mutation does what it says and shows what it did."""

from tests.graphql.builders import OWNER, Api

PERSONA = "persona { id role status { key } matchStatus { key } partnerSite { key } mentorSiteList }"


def test_registering_makes_a_person_with_the_first_persona(api: Api) -> None:
    api.done("addSite", key="north", name="North School")
    payload = api.done(
        "registerUser",
        "user { id name email status { key } personas { id role matchStatus { key } partnerSite { name } } } "
        "change { transition actorName from { key } to { key } } createdPersonas { id } created { id __typename }",
        name="Ann Archer",
        email="Ann@Example.org",
        role="MENTOR",
        partnerSite="north",
    )
    assert payload["user"] == {
        "id": "User-1",
        "name": "Ann Archer",
        "email": "Ann@Example.org",
        "status": {"key": "APPLICATION_INCOMPLETE"},
        "personas": [
            {
                "id": "Persona-1",
                "role": "MENTOR",
                "matchStatus": {"key": "NOT_APPLICABLE"},
                "partnerSite": {"name": "North School"},
            }
        ],
    }
    assert payload["change"] == {
        "transition": "register_user",
        "actorName": OWNER.name,
        "from": None,
        "to": {"key": "APPLICATION_INCOMPLETE"},
    }
    assert payload["createdPersonas"] == [{"id": "Persona-1"}]
    assert {made["id"] for made in payload["created"]} == {"User-1", "Persona-1"}


def test_a_finished_application_is_moved_on_by_the_platform(api: Api) -> None:
    ann = api.person("Ann", active=False)
    payload = api.done(
        "finishApplication", "user { status { key } } change { transition actorName to { key } }", userId=ann.user
    )
    assert payload["user"] == {"status": {"key": "SCREENING_INCOMPLETE"}}
    assert payload["change"] == {
        "transition": "finish_application",
        "actorName": "The platform itself",
        "to": {"key": "SCREENING_INCOMPLETE"},
    }


def test_activating_shows_what_followed(api: Api) -> None:
    ann = api.person("Ann", active=False)
    api.done("finishApplication", userId=ann.user)
    payload = api.done(
        "changeUserStatus",
        "user { status { key } } change { id } sideEffects { transition to { key } subject { id } causedBy { id } }",
        userId=ann.user,
        to="ACTIVE",
    )
    assert payload["user"] == {"status": {"key": "ACTIVE"}}
    assert payload["sideEffects"] == [
        {
            "transition": "enter_pool",
            "to": {"key": "RTBM"},
            "subject": {"id": ann.persona},
            "causedBy": {"id": payload["change"]["id"]},
        }
    ]


def test_closing_with_maybe_makes_a_persona_in_rescreening(api: Api) -> None:
    ann, eve = api.person("Ann"), api.person("Eve", "MENTEE")
    match = api.match(ann, eve)
    payload = api.done(
        "closeMatch",
        "match { status { key } canCommunicate closedAt answers { key value valueLabel } } change { to { key } } "
        "createdPersonas { id role user { id } matchStatus { key } }",
        matchId=match,
        closeReason="LENGTH",
        mentorRematch="MAYBE",
        menteeRematch="NO",
    )
    assert payload["match"]["status"] == {"key": "CLOSED"}
    assert payload["match"]["canCommunicate"] is False
    assert payload["match"]["answers"][0] == {
        "key": "close_reason",
        "value": "LENGTH",
        "valueLabel": "Formal closure based on length of match",
    }
    assert payload["createdPersonas"] == [
        {"id": "Persona-3", "role": "MENTOR", "user": {"id": ann.user}, "matchStatus": {"key": "RESCREENING"}}
    ]


def test_answers_by_name_and_in_the_list_are_the_same(api: Api) -> None:
    match = api.match(api.person("Ann"), api.person("Eve", "MENTEE"))
    answers = [{"key": "mentor_rematch", "value": "NO"}, {"key": "close_reason", "value": "LENGTH"}]
    api.done("closeMatch", matchId=match, closeReason="LENGTH", menteeRematch="NO", answers=answers)


def test_a_closed_match_is_opened_again_and_a_wrong_one_deleted(api: Api) -> None:
    match = api.match(api.person("Ann"), api.person("Eve", "MENTEE"))
    api.done("closeMatch", matchId=match, closeReason="LENGTH", mentorRematch="NO", menteeRematch="NO")
    opened = api.done(
        "openMatch", "match { status { key } canCommunicate mentor { matchStatus { key } } }", matchId=match
    )
    assert opened["match"] == {
        "status": {"key": "OPEN"},
        "canCommunicate": True,
        "mentor": {"matchStatus": {"key": "MATCHED"}},
    }
    deleted = api.done(
        "deleteMatch",
        "match { status { key } } warnings { code }",
        matchId=match,
        options={"confirm": ["MADE_IN_ERROR"]},
    )
    assert deleted["match"] == {"status": {"key": "DELETED"}}
    assert deleted["warnings"] == [{"code": "MADE_IN_ERROR"}]
    assert api.ask("{ matches { nodes { id } } }") == {"matches": {"nodes": []}}
    assert api.ask('{ matches(filter: {statusIn: ["DELETED"]}) { nodes { id } } }') == {
        "matches": {"nodes": [{"id": match}]}
    }


def test_a_person_is_made_rescreening_placed_and_ready(api: Api) -> None:
    ann, eve = api.person("Ann"), api.person("Eve", "MENTEE")
    match = api.match(ann, eve)
    api.done("closeMatch", matchId=match, closeReason="LENGTH", mentorRematch="NO", menteeRematch="NO")
    api.done("addSite", "site { id key }", key="north", name="North School")
    persona = api.done("makeRescreening", PERSONA, userId=ann.user)["persona"]
    assert persona == {
        "id": "Persona-3",
        "role": "MENTOR",
        "status": {"key": "ACTIVE"},
        "matchStatus": {"key": "RESCREENING"},
        "partnerSite": None,
        "mentorSiteList": None,
    }
    placed = api.done("placePersona", PERSONA, personaId="Persona-3", partnerSite="north", mentorSiteList="North A")
    assert placed["persona"] == persona | {"partnerSite": {"key": "north"}, "mentorSiteList": "North A"}
    ready = api.done("makeReadyToBeMatched", PERSONA, personaId="Persona-3")
    assert ready["persona"]["matchStatus"] == {"key": "RTBM"}


def test_null_clears_and_absent_keeps(api: Api) -> None:
    api.done("addSite", key="north", name="North School")
    ann = api.person("Ann", externalId="X-1", partnerSite="north", mentorSiteList="North A")
    person = api.done("updateUser", "user { name email externalId }", userId=ann.user, externalId=None)["user"]
    assert person == {"name": "Ann", "email": "ann@example.org", "externalId": None}
    placed = api.done("placePersona", PERSONA, personaId=ann.persona, mentorSiteList=None)["persona"]
    assert (placed["partnerSite"], placed["mentorSiteList"]) == ({"key": "north"}, None)


def test_an_act_that_moves_no_status_leaves_history(api: Api) -> None:
    ann = api.person("Ann", active=False)
    change = api.done(
        "updateUser",
        "change { transition machine note from { key } to { key } } sideEffects { id }",
        userId=ann.user,
        name="Anna",
        options={"note": "misspelt"},
    )
    assert change["sideEffects"] == []
    assert change["change"] == {
        "transition": "update_user",
        "machine": "user_status",
        "note": "misspelt",
        "from": {"key": "APPLICATION_INCOMPLETE"},
        "to": {"key": "APPLICATION_INCOMPLETE"},
    }


def test_a_further_persona_and_its_inactivation(api: Api) -> None:
    ann = api.person("Ann")
    added = api.done("addPersona", PERSONA, userId=ann.user, role="MENTEE")["persona"]
    assert (added["role"], added["matchStatus"]) == ("MENTEE", {"key": "RTBM"})
    gone = api.done("changePersonaStatus", PERSONA, personaId=added["id"], to="INACTIVE")["persona"]
    assert gone["status"] == {"key": "INACTIVE"}
    query = "query Q($id: ID!) { user(id: $id) { personas(includeInactive: false) { id } currentPersona { id } } }"
    assert api.ask(query, id=ann.user)["user"] == {
        "personas": [{"id": ann.persona}],
        "currentPersona": {"id": ann.persona},
    }


def test_any_transition_can_be_performed_on_any_record(api: Api) -> None:
    ann, eve = api.person("Ann"), api.person("Eve", "MENTEE")
    select = "subject { __typename id statuses { machine status { key } } }"
    matched = api.done("performTransition", select, transition="match", subjectId=eve.persona, partnerId=ann.persona)[
        "subject"
    ]
    assert matched == {
        "__typename": "Match",
        "id": "Match-1",
        "statuses": [{"machine": "pair_status", "status": {"key": "OPEN"}}],
    }
    bob = api.person("Bob")
    withdrawn = api.done("performTransition", select, transition="withdraw", subjectId=bob.user)["subject"]
    assert withdrawn["statuses"] == [{"machine": "user_status", "status": {"key": "INACTIVE_WITHDRAWN"}}]


def test_a_match_status_is_changed_by_the_status_wanted(api: Api) -> None:
    eve = api.person("Eve", "MENTEE")
    changed = api.done("changeMatchStatus", "persona { matchStatus { key } }", personaId=eve.persona, to="NOT_MATCHING")
    assert changed["persona"] == {"matchStatus": {"key": "NOT_MATCHING"}}


def test_a_dry_run_tells_what_would_change_and_writes_nothing(api: Api) -> None:
    ann, eve = api.person("Ann"), api.person("Eve", "MENTEE")
    before = api.history_length()
    payload = api.done(
        "matchPersonas",
        "match { id } change { id } created { id } sideEffects { id } "
        "planned { subject { id } machine from { key } to { key } transition creates }",
        mentorPersonaId=ann.persona,
        menteePersonaId=eve.persona,
        options={"dryRun": True},
    )
    assert (payload["match"], payload["change"], payload["created"], payload["sideEffects"]) == (None, None, [], [])
    assert payload["planned"] == [
        {"subject": None, "machine": "pair_status", "from": None, "to": {"key": "OPEN"}, "transition": "match",
         "creates": "pair"},
        *({"subject": {"id": side}, "machine": "match_status", "from": {"key": "RTBM"}, "to": {"key": "MATCHED"},
           "transition": "become_matched", "creates": None} for side in (ann.persona, eve.persona)),
    ]  # fmt: skip
    assert api.history_length() == before


def test_a_dry_run_of_a_registration_knows_the_program(api: Api) -> None:
    payload = api.done(
        "registerUser",
        "user { id } planned { creates to { label } }",
        program="post_secondary",
        name="Ann",
        email="ann@example.org",
        role="MENTOR",
        options={"dryRun": True},
    )
    assert payload["user"] is None
    assert payload["planned"][0] == {"creates": "user", "to": {"label": "Application Incomplete"}}
    assert api.ask('{ users(program: "post_secondary") { totalCount } }') == {"users": {"totalCount": 0}}


def test_the_day_it_really_happened_stands_beside_the_day_of_entry(api: Api) -> None:
    ann = api.person("Ann", active=False)
    change = api.done(
        "finishApplication", "change { effectiveAt recordedAt }", userId=ann.user,
        options={"effectiveAt": "2026-01-01T14:01:30+02:00"},
    )["change"]  # fmt: skip
    assert change == {"effectiveAt": "2026-01-01T12:01:30Z", "recordedAt": "2026-01-01T12:02:00Z"}
