"""Who finds whom, and sees which field, over HTTP: the example of the guide, before and after a status changes."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.serving import ROOT, RULES, Api, serving

PAGE = (ROOT / "docs" / "rules" / "sight.md").read_text(encoding="utf-8")
(EXAMPLE,) = re.findall(r"```yaml\n(extends: .*?)```", PAGE, re.DOTALL)
LISTED = """query($filter: PersonaFilter) { personas(program: "choosing", filter: $filter) { totalCount nodes { id } }
  program(key: "choosing") { statusCounts(machine: "match_status") { status { key } count } } }"""
PERSONA = """query($id: ID!) { node(id: $id) { ... on Persona {
  role matchStatus { key } partnerSite { key } mentorSiteList fields { key value }
  user { id name email personas { id } fields { key value } } match { id } matches { id }
  availableTransitions { transition { key } } history { totalCount nodes { id } } } } }"""
UPDATE = "mutation($input: UpdateFieldsInput!) { updateFields(input: $input) { userErrors { message } } }"
USERS = 'query($filter: UserFilter) { users(program: "choosing", filter: $filter) { totalCount nodes { id } } }'
BULK = """mutation($input: BulkByFilterInput!) { bulkTransitionByFilter(input: $input) {
  results { subject { id } } userErrors { code message } } }"""
PHONE = "query($id: ID!) { node(id: $id) { ... on User { fields { key value } } } }"


@dataclass(frozen=True)
class Person:
    """Somebody with a persona, and the API as their token opens it."""

    user: str
    persona: str
    api: Api

    def lists(self, **narrowed: Any) -> list[str]:
        """The personas that a filter finds, which are also as many as are counted."""
        found = self.api.run(LISTED, filter=narrowed)["personas"]
        assert found["totalCount"] == len(found["nodes"])
        return [node["id"] for node in found["nodes"]]

    def counted(self) -> int:
        return sum(each["count"] for each in self.api.run(LISTED)["program"]["statusCounts"])

    def sees(self, persona: str) -> Any:
        return self.api.run(PERSONA, id=persona)["node"]

    def phone_of(self, user: str) -> Any:
        node = self.api.run(PHONE, id=user)["node"]
        return node and {field["key"]: field["value"] for field in node["fields"]}

    def act(self, transition: str, subject: str, **more: Any) -> dict[str, Any]:
        wish = {"transition": transition, "subjectId": subject, **more}
        return self.api.act("performTransition", "subject { id }", **wish)


@dataclass(frozen=True)
class Town:
    """mia (north) and max (south) are mentors, ned and nia mentees of the north; all of them wait."""

    office: Api
    staff: Person
    mia: Person
    max: Person
    ned: Person
    nia: Person


def person(office: Api, name: str, role: str, site: str) -> Person:
    new = {"role": role, "name": f"{name.title()} Secret", "email": f"{name}@example.org", "program": "choosing"}
    user = office.do("registerUser", "user { id personas { id } }", partnerSite=site, **new)["user"]
    office.do("finishApplication", "user { id }", userId=user["id"], options={"note": "a note"})
    office.do("changeUserStatus", "user { id }", userId=user["id"], to="ACTIVE")
    persona = user["personas"][0]["id"]
    for subject, key, value in ((user["id"], "phone", f"555-{name}"), (persona, "about", f"I am {name}")):
        wish = {"subjectId": subject, "fields": [{"key": key, "value": value}]}
        assert office.run(UPDATE, input=wish)["updateFields"]["userErrors"] == []
    wish = {"name": name, "roles": ["PARTICIPANT"], "program": "choosing", "userId": user["id"]}
    return Person(
        user["id"], user["personas"][0]["id"], office.as_(office.do("createToken", "secret", **wish)["secret"])
    )


@pytest.fixture
def town(store_url: str, tmp_path: Path) -> Iterator[Town]:
    (tmp_path / "programs").mkdir()
    (tmp_path / "programs" / "choosing.yaml").write_text(EXAMPLE, encoding="utf-8")
    rules = tmp_path / "transitions.yaml"
    rules.write_text(RULES.read_text(encoding="utf-8"), encoding="utf-8")
    with serving(store_url, rules, scheduler=False) as api:
        for site in ("north", "south"):
            api.do("addSite", "site { id }", key=site, name=site.title(), program="choosing")
        people = {
            "mia": person(api, "mia", "MENTOR", "north"),
            "max": person(api, "max", "MENTOR", "south"),
            "ned": person(api, "ned", "MENTEE", "north"),
            "nia": person(api, "nia", "MENTEE", "north"),
        }
        wish = {"name": "Desk", "roles": ["SITE_STAFF"], "program": "choosing", "site": "north"}
        staff = Person("", "", api.as_(api.do("createToken", "secret", **wish)["secret"]))
        yield Town(api, staff, **people)


def matched(town: Town) -> str:
    """ned asks mia, who accepts."""
    asked = town.ned.act("propose", town.ned.persona, partnerId=town.mia.persona)
    assert asked["userErrors"] == []
    accepted = town.mia.act("accept", asked["subject"]["id"])
    assert accepted["userErrors"] == []
    return str(asked["subject"]["id"])


def codes(payload: dict[str, Any]) -> list[str]:
    return [error["code"] for error in payload["userErrors"]]


def test_a_mentee_finds_the_free_mentors_of_their_site_and_nobody_else_anybody(town: Town) -> None:
    mia, ned = town.mia.persona, town.ned.persona
    assert (town.ned.lists(), town.ned.lists(role="MENTOR"), town.ned.counted()) == ([mia, ned], [mia], 2)
    assert town.ned.lists(matchStatusIn=["RTBM"], partnerSite="north") == [mia, ned]
    assert town.ned.lists(matchStatusIn=["MATCHED"]) == []
    assert town.nia.lists(role="MENTOR", fields=[{"key": "about", "in": ["I am mia"]}]) == [mia]
    assert (town.mia.lists(), town.max.lists()) == ([mia], [town.max.persona])
    assert (town.ned.sees(town.max.persona), town.mia.sees(ned)) == (None, None)
    staff = town.staff.lists()
    matched(town)
    assert (town.nia.lists(), town.nia.counted(), town.nia.sees(mia)) == ([town.nia.persona], 1, None)
    assert town.ned.lists() == [ned]
    assert town.staff.lists() == staff == [mia, ned, town.nia.persona]


def test_whom_one_finds_is_not_seen_in_full_and_not_acted_upon(town: Town) -> None:
    own = {"id": town.mia.user, "name": "Mia", "email": None, "personas": [{"id": town.mia.persona}], "fields": []}
    assert town.ned.sees(town.mia.persona) == {
        "role": "MENTOR",
        "matchStatus": {"key": "RTBM"},
        "partnerSite": {"key": "north"},
        "mentorSiteList": None,
        "fields": [{"key": "about", "value": "I am mia"}],
        "user": own,
        "match": None,
        "matches": [],
        "availableTransitions": [],
        "history": {"totalCount": 0, "nodes": []},
    }
    for stranger in (town.mia.persona, town.max.persona):
        assert codes(town.ned.act("not_matching", stranger)) == ["NOT_FOUND"]
    wish = {"program": "choosing", "transition": "not_matching", "filter": {"personas": {"role": "MENTOR"}}}
    done = town.ned.api.run(BULK, input=wish)["bulkTransitionByFilter"]
    assert done == {"results": [], "userErrors": []}
    assert codes(town.ned.act("propose", town.ned.persona, partnerId=town.nia.persona)) == ["NOT_FOUND"]


def test_partners_see_each_others_telephone_while_their_match_is_open(town: Town) -> None:
    by_phone = {"fields": [{"key": "phone", "isSet": True}]}
    found = town.ned.api.run(USERS, filter=by_phone)["users"]
    assert found == {"totalCount": 1, "nodes": [{"id": town.ned.user}]}
    assert town.ned.phone_of(town.mia.user) == {}
    match = matched(town)
    assert town.ned.phone_of(town.mia.user) == {"phone": "555-mia"}
    assert town.mia.phone_of(town.ned.user) == {"phone": "555-ned"}
    assert town.nia.phone_of(town.mia.user) is None
    assert town.staff.phone_of(town.mia.user) == {"phone": "555-mia", "allergies": None}
    assert town.ned.api.run(USERS, filter=by_phone)["users"] == found
    form = {"closeReason": "LENGTH", "mentorRematch": "NO", "menteeRematch": "NO"}
    town.office.do("closeMatch", "match { id }", matchId=match, **form)
    assert (town.ned.phone_of(town.mia.user), town.mia.phone_of(town.ned.user)) == ({}, {})
