"""Meetings and requests over HTTP: a token for each person, records found, made, moved, listed and hidden."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.kinds import EXAMPLES
from tests.serving import RULES, Api, serving

MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
RECORD = """fragment All on Record {
  id kind label version createdAt author { name } about { __typename id } records { id kind }
  statuses { machine status { key } } fields { key value } availableTransitions { transition { key } }
  history { nodes { actorName to { key } } }
}"""
ONE = f"query($id: ID!) {{ record(id: $id) {{ ...All }} }} {RECORD}"
LISTED = """query($filter: RecordFilter) {
  records(program: "talks", filter: $filter) { nodes { id } totalCount } }"""
BULK = """mutation($input: BulkByFilterInput!) {
  bulkTransitionByFilter(input: $input) { changedCount results { subject { id } } } }"""
RULES_OF = """{ program(key: "talks") { rules {
  machine(key: "meeting_status") { owner ofKind } fields { key owner ofKind } }
  statusCounts(machine: "meeting_status") { status { key } count } } }"""


@dataclass(frozen=True)
class Person:
    user: str
    persona: str
    api: Api

    def perform(self, transition: str, subject: str, **more: Any) -> Any:
        asked = "subject { id __typename } created { id } change { to { key } } sideEffects { to { key } }"
        return self.api.act("performTransition", asked, transition=transition, subjectId=subject, **more)

    def sees(self, record: str) -> Any:
        return self.api.run(ONE, id=record)["record"]

    def listed(self, **narrowed: Any) -> list[str]:
        found = self.api.run(LISTED, filter=narrowed)["records"]
        assert found["totalCount"] == len(found["nodes"])
        return [node["id"] for node in found["nodes"]]


@dataclass(frozen=True)
class Town:
    """ann and bob are matched, mentor and mentee; cid is another mentor."""

    office: Api
    ann: Person
    bob: Person
    cid: Person
    match: str

    def meeting(self, day: str = "2026-03-09") -> str:
        done = self.ann.perform("plan_meeting", self.match, answers=[{"key": "day", "value": day}])
        assert done["userErrors"] == []
        return str(done["subject"]["id"])


def person(office: Api, name: str, role: str, program: str) -> Person:
    new = {"role": role, "name": f"{name.title()} Secret", "email": f"{name}@example.org", "program": program}
    user = office.do("registerUser", "user { id personas { id } }", **new)["user"]
    office.do("finishApplication", "user { id }", userId=user["id"])
    office.do("changeUserStatus", "user { id }", userId=user["id"], to="ACTIVE")
    wish = {"name": name, "roles": ["PARTICIPANT"], "program": program, "userId": user["id"]}
    secret = office.do("createToken", "secret", **wish)["secret"]
    return Person(user["id"], user["personas"][0]["id"], office.as_(secret))


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    folder = tmp_path_factory.mktemp("talks")
    (folder / "programs").mkdir()
    for name, text in EXAMPLES.items():
        (folder / "programs" / f"{name}.yaml").write_text(text, encoding="utf-8")
    rules = folder / "transitions.yaml"
    rules.write_text(RULES.read_text(encoding="utf-8"), encoding="utf-8")
    with serving(f"sqlite:///{folder / 'talks.db'}", rules, test_clock=MONDAY, scheduler=False) as api:
        yield api


@pytest.fixture(scope="module")
def town(office: Api) -> Town:
    ann, bob = person(office, "ann", "MENTOR", "talks"), person(office, "bob", "MENTEE", "talks")
    cid = person(office, "cid", "MENTOR", "talks")
    sides = {"mentorPersonaId": ann.persona, "menteePersonaId": bob.persona}
    return Town(office, ann, bob, cid, office.do("matchPersonas", "match { id }", **sides)["match"]["id"])


def test_a_meeting_has_fields_history_author_and_buttons_of_its_own(town: Town) -> None:
    meeting = town.meeting()
    seen = town.bob.sees(meeting)
    assert seen == {
        "id": meeting,
        "kind": "meeting",
        "label": "Meeting",
        "version": 1,
        "createdAt": seen["createdAt"],
        "author": {"name": "Ann"},
        "about": [{"__typename": "Match", "id": town.match}],
        "records": [],
        "statuses": [{"machine": "meeting_status", "status": {"key": "PLANNED"}}],
        "fields": [{"key": "held_on", "value": "2026-03-09"}],
        "availableTransitions": [{"transition": {"key": "hold_meeting"}}],
        "history": {"nodes": [{"actorName": "Ann", "to": {"key": "PLANNED"}}]},
    }
    assert town.cid.sees(meeting) is None
    done = town.bob.perform("hold_meeting", meeting)
    assert (done["subject"], done["change"]["to"]["key"]) == ({"id": meeting, "__typename": "Record"}, "HELD")
    (report,) = done["created"]
    assert (town.ann.sees(meeting)["records"], town.ann.sees(meeting)["version"]) == (
        [{"id": report["id"], "kind": "report"}],
        2,
    )
    wish = {"subjectId": report["id"], "fields": [{"key": "topics", "value": "Chess"}]}
    town.ann.api.run(
        "mutation($input: UpdateFieldsInput!) { updateFields(input: $input) { subject { id } } }", input=wish
    )
    assert town.bob.sees(report["id"])["fields"] == [{"key": "topics", "value": "Chess"}]
    found = town.bob.api.run("query($id: ID!) { node(id: $id) { __typename id } }", id=report["id"])
    assert found["node"] == {"__typename": "Record", "id": report["id"]}


def test_records_are_listed_narrowed_and_counted(town: Town) -> None:
    first, second = town.meeting("2026-04-01"), town.meeting("2026-04-02")
    town.ann.perform("take_back_meeting", second)
    fields = [{"key": "held_on", "from": "2026-04-01"}]
    assert town.bob.listed(kindIn=["meeting"], fields=fields) == [first]
    assert town.bob.listed(statusIn=["ERROR"]) == [second]
    assert first in town.bob.listed(aboutId=town.match)
    assert town.bob.listed(aboutId=first) == town.cid.listed() == []
    linked = town.bob.api.run('query($id: ID!) { match(id: $id) { records(kind: "meeting") { id } } }', id=town.match)[
        "match"
    ]["records"]
    assert {"id": first} in linked
    assert {"id": second} not in linked
    refused = town.bob.api.post(LISTED, {"filter": {"kindIn": ["meting"]}}).json()
    assert refused["errors"][0]["message"].startswith('There is no kind "meting"')
    rules = town.office.run(RULES_OF)["program"]
    assert rules["rules"]["machine"] == {"owner": "RECORD", "ofKind": "meeting"}
    assert {"key": "topics", "owner": "RECORD", "ofKind": "report"} in rules["rules"]["fields"]
    assert {"status": {"key": "ERROR"}, "count": 1} in rules["statusCounts"]


def test_one_transition_is_carried_out_on_all_meetings_that_a_filter_finds(town: Town) -> None:
    meetings = [town.meeting("2026-05-01"), town.meeting("2026-05-02")]
    fields = [{"key": "held_on", "from": "2026-05-01"}]
    wish = {"program": "talks", "transition": "hold_meeting", "filter": {"records": {"fields": fields}}}
    done = town.ann.api.run(BULK, input=wish)["bulkTransitionByFilter"]
    assert (done["changedCount"], [each["subject"]["id"] for each in done["results"]]) == (2, meetings)


def test_a_person_asks_one_whom_they_do_not_see_and_both_learn_the_first_name(office: Api) -> None:
    dot, eve = (person(office, name, role, "talk_requests") for name, role in (("dot", "MENTEE"), ("eve", "MENTOR")))
    buttons = "query($id: ID!) { persona(id: $id) { availableTransitions { transition { key } } } }"
    offered = dot.api.run(buttons, id=dot.persona)["persona"]["availableTransitions"]
    assert {"transition": {"key": "ask_for_a_talk"}} in offered
    assert dot.perform("ask_for_a_talk", dot.persona)["userErrors"][0]["path"] == ["input", "partnerId"]
    done = dot.perform("ask_for_a_talk", dot.persona, partnerId=eve.persona)
    request = done["subject"]["id"]
    assert dot.perform("grant_talk", request)["change"] is None
    asked = "query($id: ID!) { record(id: $id) { about { ... on Persona { user { name email } } } } }"
    assert eve.api.run(asked, id=request)["record"]["about"] == [
        {"user": {"name": "Dot", "email": None}},
        {"user": {"name": "Eve Secret", "email": "eve@example.org"}},
    ]
    granted = eve.perform("grant_talk", request)
    assert granted["change"]["to"]["key"] == "GRANTED"
    assert len(granted["created"]) == 1
    assert (
        len(
            dot.api.run("query($id: ID!) { persona(id: $id) { records { id } } }", id=dot.persona)["persona"]["records"]
        )
        == 2
    )
