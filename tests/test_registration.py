"""People who come in by themselves, over HTTP: the example of the guide, a server with sign-in, and no token."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.serving import ERRORS, ROOT, RULES, Api, serving

GUIDE = (ROOT / "docs" / "rules" / "registration.md").read_text(encoding="utf-8")
(OVERLAY,) = re.findall(r"^```yaml\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)
REGISTER = f"""mutation($input: RegisterUserInput!) {{ registerUser(input: $input) {{
  user {{ id }} change {{ id }} sideEffects {{ id }} planned {{ machine }} createdPersonas {{ id }}
  created {{ __typename }} {ERRORS} }} }}"""
PEOPLE = """{ users(program: "open") { nodes { name email status { key }
  personas { fields { key values } history { nodes { transition actorName } } } fields { key values }
  history { nodes { transition actorName } } } } }"""
OUTBOX = '{ messages(program: "open") { nodes { template state recipient { __typename ... on User { name } } } } }'
DONE = {"user": None, "change": None, "sideEffects": [], "planned": [], "createdPersonas": [], "created": []}


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("rules")
    (folder / "programs").mkdir()
    (folder / "programs" / "open.yaml").write_text(OVERLAY, encoding="utf-8")
    file = folder / "transitions.yaml"
    file.write_text(RULES.read_text(encoding="utf-8"), encoding="utf-8")
    return file


@pytest.fixture
def office(tmp_path: Path, rules: Path) -> Iterator[Api]:
    """The administrator of a server where everybody else has to sign in, or comes without a token."""
    database = f"sqlite:///{tmp_path / 'open.db'}"
    with serving(database, rules, scheduler=False) as api:
        wish = {"name": "office", "roles": ["PROGRAM_ADMIN"], "program": "open"}
        secret = api.do("createToken", "secret", **wish)["secret"]
    with serving(database, rules, scheduler=False, require_auth=True, strangers_per_address=12) as api:
        yield api.as_(secret)


def form(name: str = "Rosa Alvarez", email: str = "rosa@example.org", **more: Any) -> dict[str, Any]:
    return {
        "program": "open",
        "transition": "apply",
        "role": "MENTOR",
        "name": name,
        "email": email,
        "fields": [{"key": "phone", "value": "555 0100"}, {"key": "languages", "values": ["EN", "ES"]}],
        "answers": [{"key": "adult", "value": "true"}, {"key": "why", "value": "I like to listen."}],
        **more,
    }


def sent(office: Api, **given: Any) -> httpx.Response:
    """What somebody without a token is answered."""
    return Api(office.url, office.http).post(REGISTER, {"input": given})


def errors(answer: httpx.Response) -> list[tuple[str, list[str] | None]]:
    payload = answer.json()["data"]["registerUser"]
    found = payload.pop("userErrors")
    assert payload == DONE
    return [(error["code"], error["path"]) for error in found]


def names(office: Api) -> list[str]:
    return [person["name"] for person in office.run(PEOPLE)["users"]["nodes"]]


def values(held: list[dict[str, Any]]) -> dict[str, list[str]]:
    return {each["key"]: each["values"] for each in held if each["values"]}


def test_a_stranger_comes_in_and_is_told_nothing_but_that_it_was_done(office: Api) -> None:
    answer = sent(office, **form())
    assert (answer.status_code, errors(answer)) == (200, [])
    (rosa,) = office.run(PEOPLE)["users"]["nodes"]
    assert (rosa["name"], rosa["email"], rosa["status"]["key"]) == (
        "Rosa Alvarez",
        "rosa@example.org",
        "SCREENING_INCOMPLETE",
    )
    assert values(rosa["fields"])["phone"] == ["555 0100"]
    assert values(rosa["personas"][0]["fields"]) == {"motivation": ["I like to listen."], "languages": ["EN", "ES"]}
    assert rosa["history"]["nodes"] == [
        {"transition": "apply", "actorName": "Somebody from outside"},
        {"transition": "skip_application", "actorName": "The platform itself"},
    ]
    told = {"template": "welcome", "state": "PENDING", "recipient": {"__typename": "User", "name": "Rosa Alvarez"}}
    assert office.run(OUTBOX)["messages"]["nodes"] == [told]


def test_wrong_answers_are_told_all_at_once_and_nothing_is_written(office: Api) -> None:
    wrong = form(
        email="rosa",
        externalId="7",
        partnerSite="lincoln",
        fields=[{"key": "languages", "values": ["XX"]}, {"key": "shoe", "value": "43"}],
        answers=[{"key": "why", "value": "Why not"}],
        options={"dryRun": True, "note": "Hello"},
    )
    assert errors(sent(office, **wrong)) == [
        ("INVALID_INPUT", ["input", "answers", "adult"]),
        ("INVALID_INPUT", ["input", "answers", "why"]),
        ("INVALID_INPUT", ["input", "email"]),
        ("INVALID_INPUT", ["input", "externalId"]),
        ("INVALID_INPUT", ["input", "partnerSite"]),
        ("INVALID_INPUT", ["input", "options", "note"]),
        ("INVALID_INPUT", ["input", "options", "dryRun"]),
        ("INVALID_INPUT", ["input", "fields", "languages"]),
        ("INVALID_INPUT", ["input", "fields", "shoe"]),
        ("INVALID_INPUT", ["input", "fields", "phone"]),
    ]
    assert errors(sent(office, **form(role="MENTEE"))) == [("TRANSITION_NOT_ALLOWED", None)]
    assert errors(sent(office, **form(transition="enrol"))) == [("NOT_PERMITTED", ["input", "transition"])]
    assert errors(sent(office, **form(program="default"))) == [("INVALID_INPUT", ["input", "program"])]
    assert names(office) == []
    assert office.run(OUTBOX)["messages"]["nodes"] == []


def test_a_stranger_cannot_tell_whether_somebody_is_known_nor_change_them(office: Api) -> None:
    new = sent(office, **form())
    waiting = sent(office, **form(name="Mallory", email="ROSA@example.org", fields=[{"key": "phone", "value": "666"}]))
    assert waiting.content == new.content
    (rosa,) = office.run(PEOPLE)["users"]["nodes"]
    assert (rosa["name"], values(rosa["fields"])["phone"], len(rosa["personas"])) == ("Rosa Alvarez", ["555 0100"], 1)
    persona = office.run('{ personas(program: "open") { nodes { id } } }')["personas"]["nodes"][0]["id"]
    office.do("changePersonaStatus", "persona { id }", personaId=persona, to="INACTIVE")
    again = sent(office, **form(name="Mallory", fields=[{"key": "phone", "value": "666"}]))
    assert again.content == new.content
    (rosa,) = office.run(PEOPLE)["users"]["nodes"]
    assert (rosa["name"], values(rosa["fields"])["phone"]) == ("Rosa Alvarez", ["555 0100"])
    assert rosa["personas"][1]["history"]["nodes"][0] == {
        "transition": "apply_again",
        "actorName": "Somebody from outside",
    }
    assert [values(persona["fields"])["motivation"] for persona in rosa["personas"]] == [["I like to listen."]] * 2
    assert [message["template"] for message in office.run(OUTBOX)["messages"]["nodes"]] == ["welcome", "welcome_back"]


def by_staff(office: Api, **given: Any) -> dict[str, Any]:
    payload: dict[str, Any] = office.run(REGISTER, input=given)["registerUser"]
    return payload


def test_staff_are_told_what_became_of_somebody_known(office: Api) -> None:
    first = by_staff(office, **form())["user"]
    refused = by_staff(office, **form())["userErrors"]
    assert [blocker["code"] for error in refused for blocker in error["blockers"]] == ["NOT_WAITING"]
    persona = office.run('{ personas(program: "open") { nodes { id } } }')["personas"]["nodes"][0]["id"]
    office.do("changePersonaStatus", "persona { id }", personaId=persona, to="INACTIVE")
    done = by_staff(office, **form())
    assert done["user"] == first
    assert [made["id"] for made in done["createdPersonas"]] == ["Persona-2"]
    child = {"program": "open", "role": "MENTEE", "name": "Kim"}
    assert [error["path"] for error in by_staff(office, **child)["userErrors"]] == [["input", "email"]]
    for _ in range(2):
        assert by_staff(office, **child, transition="enrol")["userErrors"] == []
    assert names(office) == ["Rosa Alvarez", "Kim", "Kim"]


ONE = 'registerUser(input: {program: "open", transition: "apply", role: MENTOR, name: "A"}) { __typename }'
SHUT = (
    "{ viewer { name } }",
    "{ __schema { queryType { name } } }",
    "{ usrs { id } }",
    "{ registerUser }",
    "{",
    f"mutation {{ a: {ONE} b: {ONE} }}",
    f"mutation {{ ...Hidden }} fragment Hidden on Mutation {{ {ONE} }}",
    'mutation { addSite(input: {key: "a", name: "A"}) { __typename } }',
)


def test_strangers_do_nothing_else_and_wait_when_they_come_too_often(office: Api) -> None:
    for query in SHUT:
        answer = Api(office.url, office.http).post(query)
        assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (401, "UNAUTHENTICATED")
    assert office.http.get(f"{office.url}/schema.graphql").status_code == 401
    for number in range(12):
        assert errors(sent(office, **form(email=f"rosa{number}@example.org"))) == []
    answer = sent(office, **form(email="late@example.org"))
    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (429, "TOO_MANY_REQUESTS")
    assert 0 < int(answer.headers["retry-after"]) <= 60
    assert len(names(office)) == 12
