"""What can be read: the rules as data, records by id, who asks."""

import pytest

from tests.graphql.builders import STAFF, Api


def test_the_rules_are_data(api: Api) -> None:
    rules = api.ask(
        """{ program { key name supportContact rules { revision title loadedAt machine(key: "match_status") {
          key label owner statuses { key label short category isInitial isRetired position }
          transitions(from: "RESCREENING") { key label from { key } to { key } targets { key } creates isAutomatic
            actors mutation line inputs { key } } } } } }"""
    )["program"]
    assert (rules["key"], rules["supportContact"]) == ("default", "support@example.org")
    assert len(rules["rules"]["revision"]) == 12
    assert rules["rules"]["loadedAt"] == "2026-01-01T12:00:00Z"
    machine = rules["rules"]["machine"]
    assert (machine["key"], machine["label"], machine["owner"]) == ("match_status", "Match Status", "PERSONA")
    assert machine["statuses"][1] == {
        "key": "RTBM",
        "label": "Ready To Be Matched",
        "short": "RTBM",
        "category": "PARTICIPATING",
        "isInitial": False,
        "isRetired": False,
        "position": 1,
    }
    make_rtbm = machine["transitions"][0]
    assert make_rtbm["line"] > 1
    assert make_rtbm | {"line": 0} == {
        "key": "make_rtbm",
        "label": "Make RTBM",
        "from": [{"key": "RESCREENING"}],
        "to": {"key": "RTBM"},
        "targets": [{"key": "RTBM"}],
        "creates": None,
        "isAutomatic": False,
        "actors": ["PROGRAM_ADMIN", "SITE_STAFF"],
        "mutation": "makeReadyToBeMatched",
        "line": 0,
        "inputs": [],
    }


def test_only_finishing_the_application_is_automatic(api: Api) -> None:
    machines = api.ask("{ program { rules { machines { owner transitions { key isAutomatic creates mutation } } } } }")
    transitions = [t for m in machines["program"]["rules"]["machines"] for t in m["transitions"]]
    assert [t["key"] for t in transitions if t["isAutomatic"]] == ["finish_application"]
    assert {t["key"]: (t["creates"], t["mutation"]) for t in transitions if t["creates"]} == {
        "register_user": ("user", "registerUser"),
        "add_persona": ("persona", "addPersona"),
        "make_rescreening": ("persona", "makeRescreening"),
        "match": ("pair", "matchPersonas"),
    }
    assert {m["owner"] for m in machines["program"]["rules"]["machines"]} == {"USER", "PERSONA", "MATCH"}


def test_the_questions_of_a_transition_come_with_their_answers(api: Api) -> None:
    query = """{ program { rules { machine(key: "pair_status") { transitions(to: "CLOSED") { key inputs {
      key label type isRequired choices { key label } } } } } } }"""
    (close,) = api.ask(query)["program"]["rules"]["machine"]["transitions"]
    questions = {asked["key"]: asked for asked in close["inputs"]}
    assert {key for key, asked in questions.items() if asked["isRequired"]} == {
        "close_reason",
        "mentor_rematch",
        "mentee_rematch",
    }
    assert [choice["key"] for choice in questions["mentor_rematch"]["choices"]] == ["YES", "MAYBE", "NO", "NO_ANSWER"]


def test_an_unknown_machine_is_null_and_an_unknown_status_the_callers_fault(api: Api) -> None:
    assert api.ask('{ program { rules { machine(key: "mood") { key } } } }')["program"]["rules"]["machine"] is None
    query = '{ program { rules { machine(key: "user_status") { transitions(to: "ACTIV") { key } } } } }'
    assert "Did you mean ACTIVE?" in api.fault(query)[1]


def test_there_are_several_programs(api: Api) -> None:
    programs = api.ask("{ programs { id key statuses { machine } availableTransitions { allowed } program { id } } }")
    assert [(p["id"], p["key"]) for p in programs["programs"]] == [
        ("Program-1", "default"),
        ("Program-2", "post_secondary"),
    ]
    assert programs["programs"][0]["statuses"] == programs["programs"][0]["availableTransitions"] == []
    assert api.ask('{ program(key: "nothing") { key } }') == {"program": None}


def test_statuses_are_counted_in_the_order_of_the_rules(api: Api) -> None:
    api.person("Ann")
    api.person("Bob", active=False)
    counts = api.ask('{ program { statusCounts(machine: "user_status") { status { key } count } } }')["program"]
    assert [(c["status"]["key"], c["count"]) for c in counts["statusCounts"]][:3] == [
        ("APPLICATION_INCOMPLETE", 1),
        ("SCREENING_INCOMPLETE", 0),
        ("ACTIVE", 1),
    ]
    assert "Did you mean user_status?" in api.fault('{ program { statusCounts(machine: "user_stat") { count } } }')[1]


def test_everything_is_found_by_its_id_and_in_order(api: Api) -> None:
    api.done("addSite", key="north", name="North School")
    api.match(api.person("Ann"), api.person("Eve", "MENTEE"))
    ids = ["StatusChange-1", "Match-1", "User-99", "Site-1", "Program-2", "Persona-2", "User-1", "Match-1"]
    found = api.ask("query Q($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }", ids=ids)["nodes"]
    assert [node and node["id"] for node in found] == [None if id_ == "User-99" else id_ for id_ in ids]
    assert [node["__typename"] for node in found if node] == [
        "StatusChange", "Match", "Site", "Program", "Persona", "User", "Match",
    ]  # fmt: skip
    assert api.ask('{ node(id: "Persona-1") { ... on Persona { user { name } } } }')["node"] == {
        "user": {"name": "Ann"}
    }


@pytest.mark.parametrize("question", ['node(id: "User-99")', 'user(id: "User-99")', 'persona(id: "Persona-99")',
                                      'match(id: "Match-99")', 'user(email: "nobody@example.org")',
                                      'user(externalId: "X")', 'node(id: "Program-99")'])  # fmt: skip
def test_what_is_missing_is_null(api: Api, question: str) -> None:
    assert list(api.ask(f"{{ {question} {{ id }} }}").values()) == [None]


@pytest.mark.parametrize("question", ['node(id: "User")', 'user(id: "Persona-1")', 'persona(id: "7")',
                                      'match(id: "Match-0")', 'nodes(ids: ["User-1", "x"])'])  # fmt: skip
def test_a_malformed_id_is_the_callers_fault(api: Api, question: str) -> None:
    code, message = api.fault(f"{{ {question} {{ id }} }}")
    assert code == "BAD_USER_INPUT"
    assert "Give one of the form" in message


def test_a_hundred_ids_at_most(api: Api) -> None:
    code, message = api.fault("query Q($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=["User-1"] * 101)
    assert (code, message) == (
        "BAD_USER_INPUT",
        "At most 100 ids at a time, not 101. Ask for the rest in another request.",
    )


def test_a_person_is_found_by_one_of_three_names(api: Api) -> None:
    api.person("Ann", active=False, externalId="X-1")
    for given in ('id: "User-1"', 'email: "ANN@example.org"', 'externalId: "X-1"'):
        assert api.ask(f"{{ user({given}) {{ name }} }}")["user"] == {"name": "Ann"}
    assert api.ask('{ user(email: "ann@example.org", program: "post_secondary") { name } }')["user"] is None
    for given in ("", '(email: "ann@example.org", id: "User-1")', "(email: null)"):
        assert api.fault(f"{{ user{given} {{ name }} }}")[0] == "BAD_USER_INPUT"


def test_who_asks_is_told(api: Api) -> None:
    viewer = api.as_(STAFF).ask("{ viewer { name roles programs { key } } }")["viewer"]
    assert viewer == {
        "name": "Sam Staff",
        "roles": ["SITE_STAFF"],
        "programs": [{"key": "default"}],
    }


def test_sites_are_those_of_the_program(api: Api) -> None:
    api.done("addSite", key="north", name="North School")
    api.done("addSite", program="post_secondary", key="college", name="College")
    assert api.ask("{ sites { key } }")["sites"] == [{"key": "north"}]
    assert api.ask('{ sites(program: "post_secondary") { key } }')["sites"] == [{"key": "college"}]


def test_only_what_is_possible_is_offered_unless_asked(api: Api) -> None:
    ann = api.person("Ann")
    query = """query Q($id: ID!, $all: Boolean!) { persona(id: $id) { availableTransitions(includeBlocked: $all) {
      transition { key } allowed role subject { id } targets { key } inputs { key }
      blockers { code } warnings { code } } } }"""
    offered = api.ask(query, id=ann.persona, all=False)["persona"]["availableTransitions"]
    assert [option["transition"]["key"] for option in offered] == ["match", "inactivate_persona"]
    assert offered[0] == {
        "transition": {"key": "match"},
        "allowed": True,
        "role": None,
        "subject": {"id": ann.persona},
        "targets": [{"key": "OPEN"}],
        "inputs": [],
        "blockers": [],
        "warnings": [],
    }
    blocked = api.ask(query, id=ann.persona, all=True)["persona"]["availableTransitions"]
    assert all(option["blockers"] for option in blocked if not option["allowed"])
    assert len(blocked) > len(offered)


def test_what_is_offered_depends_on_who_asks(api: Api) -> None:
    ann = api.person("Ann")
    api.place(ann)
    query = "query Q($id: ID!) { user(id: $id) { availableTransitions { transition { key } } } }"
    owner = {option["transition"]["key"] for option in api.ask(query, id=ann.user)["user"]["availableTransitions"]}
    staff = {o["transition"]["key"] for o in api.as_(STAFF).ask(query, id=ann.user)["user"]["availableTransitions"]}
    assert owner - staff == {"delete_account"}


@pytest.mark.parametrize(
    ("moment", "complaint"),
    [("2026-01-01T00:00:00", "does not say which time zone"), ("yesterday", "is not a date and time"),
     ("0001-01-01T00:00:00+14:00", "is not a date and time"), (5, "is a text")],
)  # fmt: skip
def test_a_moment_needs_a_time_zone(api: Api, moment: object, complaint: str) -> None:
    result = api.run("query Q($t: DateTime) { users(filter: {changedSince: $t}) { nodes { id } } }", t=moment)
    assert result.errors is not None
    assert complaint in result.errors[0].message
