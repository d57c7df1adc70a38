"""Unmistakable words in everything personal: who is answered which of them, field by field, and no log any."""

import base64
import binascii
import json
import re
from collections.abc import Iterator
from contextlib import redirect_stderr
from dataclasses import dataclass
from functools import cached_property
from io import StringIO
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
from graphql import GraphQLSchema, build_client_schema, get_introspection_query

from tests.following import BEGINNING, Follower, following
from tests.serving import RULES, Api, serving
from tests.walking import Walk, every_field

WORD = re.compile(r"zq(?:name|mail|number|note|text|list)[a-z]+")
SITES = {"ann": "north", "eve": "north", "bob": "north", "sid": "south", "cat": "south", "dan": "south"}
MENTORS = ("ann", "bob", "cat")
PAIRS = {"inner": ("ann", "eve"), "across": ("bob", "sid"), "outer": ("cat", "dan")}
TEXT = re.compile(r'"((?:[^"\\]|\\.)*)"')


@dataclass(frozen=True)
class Town:
    """The served program with its people, the tokens of those who ask, and all that is logged."""

    api: Api
    ids: dict[str, str]
    tokens: dict[str, str]
    log: StringIO

    def as_(self, who: str) -> Api:
        return self.api.as_(self.tokens[who])

    @cached_property
    def schema(self) -> GraphQLSchema:
        """As it is told to whoever asks for it."""
        return build_client_schema(self.api.run(get_introspection_query()))


def words(kind: str, *of: str) -> set[str]:
    return {f"zq{kind}{name}" for name in of}


def whole(*people: str, pairs: tuple[str, ...]) -> set[str]:
    """What is answered to who sees every class of these people and pairs."""
    own = {word for kind in ("name", "mail", "number", "note") for word in words(kind, *people)}
    lists = words("list", *(name for name in people if name in MENTORS))
    return own | lists | words("note", *pairs) | words("text", *pairs)


TOLD = {
    "owner": whole(*SITES, pairs=tuple(PAIRS)),
    "auditor": whole(*SITES, pairs=tuple(PAIRS)),
    "staff of north": whole("ann", "eve", "bob", pairs=("inner", "across")),
    "staff of south": whole("sid", "cat", "dan", pairs=("across", "outer")),
    "partner administrator of south": words("name", "sid", "cat", "dan") | words("list", "cat"),
    "bob": words("name", "bob") | words("mail", "bob") | words("number", "bob"),
    "sid": words("name", "sid") | words("mail", "sid") | words("number", "sid"),
    "staff of another program": set(),
}
everybody = pytest.mark.parametrize("who", TOLD)


@pytest.fixture(scope="module")
def town(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    file = tmp_path_factory.mktemp("canaries") / "town.db"
    file.write_bytes(sqlite_template.read_bytes())
    with redirect_stderr(StringIO()) as log, serving(f"sqlite:///{file}") as api:
        yield founded(api, log)


def founded(api: Api, log: StringIO) -> Town:
    ids: dict[str, str] = {}
    for key in ("north", "south"):
        api.do("addSite", "site { id }", key=key, name=key.title())
    for name in SITES:
        ids |= registered(api, name)
    sid = api.do("createToken", "secret", name="Phone", roles=["PARTICIPANT"], userId=ids["sid"])["secret"]
    for name in SITES:
        doer = api.as_(sid) if name == "sid" else api
        doer.do("finishApplication", "user { id }", userId=ids[name], options={"note": f"zqnote{name}"})
        api.do("changeUserStatus", "user { id }", userId=ids[name], to="ACTIVE")
    for pair, (mentor, mentee) in PAIRS.items():
        sides = {"mentorPersonaId": ids[f"{mentor}'s"], "menteePersonaId": ids[f"{mentee}'s"]}
        ids[pair] = api.do("matchPersonas", "match { id }", **sides)["match"]["id"]
        closed(api, pair, ids[pair])
    return Town(api, ids, {"sid": sid, **tokens(api, ids)}, log)


def registered(api: Api, name: str) -> dict[str, str]:
    user = api.do(
        "registerUser",
        "user { id personas { id } }",
        name=f"{name.title()} zqname{name}",
        email=f"zqmail{name}@example.org",
        externalId=f"zqnumber{name}",
        role="MENTOR" if name in MENTORS else "MENTEE",
        partnerSite=SITES[name],
        mentorSiteList=f"zqlist{name}" if name in MENTORS else None,
        options={"note": f"zqnote{name}"},
    )["user"]
    return {name: user["id"], f"{name}'s": user["personas"][0]["id"]}


def closed(api: Api, pair: str, number: str) -> None:
    api.do(
        "closeMatch",
        "match { id }",
        matchId=number,
        closeReason="OTHER",
        mentorRematch="NO",
        menteeRematch="NO",
        answers=[{"key": "close_comment", "value": f"zqtext{pair}"}, *CLOSING],
        options={"note": f"zqnote{pair}"},
    )


CLOSING = [{"key": "close_sub_reason", "value": "OTHER_CONCERN"}, {"key": "staff_opinion", "value": "UNSAFE"}]


def tokens(api: Api, ids: dict[str, str]) -> dict[str, str]:
    wanted: dict[str, dict[str, Any]] = {
        "owner": {"roles": ["SUPER_ADMIN"]},
        "auditor": {"roles": ["AUDITOR"]},
        "staff of north": {"roles": ["SITE_STAFF"], "site": "north"},
        "staff of south": {"roles": ["SITE_STAFF"], "site": "south"},
        "partner administrator of south": {"roles": ["PARTNER_ADMIN"], "site": "south"},
        "bob": {"roles": ["PARTICIPANT"], "userId": ids["bob"]},
        "staff of another program": {"roles": ["PROGRAM_ADMIN"], "program": "post_secondary"},
    }
    return {who: api.do("createToken", "secret", name=who, **given)["secret"] for who, given in wanted.items()}


def walk(town: Town, levels: int = 1) -> Walk:
    ids = ", ".join(f'"{number}"' for number in (*town.ids.values(), "Program-1", "Site-1", "Site-2", "StatusChange-1"))
    named = {"node": "sid", "user": "sid", "persona": "sid's", "match": "across"}
    roots = {name: f'id: "{town.ids[of]}"' for name, of in named.items()}
    further = {"record": 'id: "Record-1"', "nodes": f"ids: [{ids}]", "checkRules": 'source: ""'}
    return Walk(town.schema, roots | further, levels)


def found(answer: str) -> set[str]:
    """The words in an answer, also inside what is only written in another way, such as a cursor."""
    hidden = [plain for text in TEXT.findall(answer) if (plain := decoded(text))]
    return set(WORD.findall(" ".join([answer, *hidden])))


def decoded(text: str) -> str:
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
    except (binascii.Error, ValueError):
        return ""


@everybody
@pytest.mark.parametrize("levels", [1, pytest.param(2, marks=pytest.mark.proof)])
def test_each_word_is_answered_to_those_alone_who_may_see_it(town: Town, who: str, levels: int) -> None:
    assert everything_told(town, who, levels) == TOLD[who]


def everything_told(town: Town, who: str, levels: int = 1) -> set[str]:
    """The words in the answers to every question there is."""
    told: set[str] = set()
    asking, api = walk(town, levels), town.as_(who)
    asked = [(query, {}) for query in asking.queries()] + [(asking.node(), {"id": number}) for number in every_id(town)]
    for query, variables in asked:
        answer = api.post(query, variables)
        codes = {error["extensions"]["code"] for error in answer.json().get("errors", ())}
        assert codes <= {"NOT_PERMITTED"} or who == "staff of another program", (query, answer.text)
        told |= found(answer.text)
    return told


@everybody
def test_whoever_follows_is_told_the_same(town: Town, who: str) -> None:
    asking = walk(town)
    with following(town.api.url, town.tokens[who]) as follower:
        told = [message for query in asking.subscriptions() for message in followed(town.as_(who), follower, query)]
        follower.settle()
    assert found(json.dumps(told)) == TOLD[who]


def followed(api: Api, follower: Follower, query: str) -> list[Any]:
    """Everything that comes to whoever asks: as many events as history has rows for them, or the rules in force."""
    listed = api.post("{ history(first: 100) { nodes { id } pageInfo { hasNextPage } } }").json()["data"]
    assert listed is None or not listed["history"]["pageInfo"]["hasNextPage"]
    follower.subscribe(query, after=BEGINNING)
    is_one = listed is None or "rulesChanged" in query  # what may not be followed is answered by one refusal
    return [follower.message() for _ in range(1 if is_one else len(listed["history"]["nodes"]))]


FINDS = """
finds:
  mentors: {allow: [PARTICIPANT], of: user, where: {some: {of: personas, where: {role: MENTOR}}}}
  runs: {allow: [PARTICIPANT], of: persona, where: {role: MENTEE}}
  pairs: {allow: [PARTICIPANT], of: pair}
"""


def test_whom_a_rule_finds_is_told_of_as_far_as_the_rule_says(sqlite_url: str, tmp_path: Path) -> None:
    copytree(RULES.parent, tmp_path, dirs_exist_ok=True)
    rules = tmp_path / RULES.name
    rules.write_text(RULES.read_text(encoding="utf-8") + FINDS, encoding="utf-8")
    with redirect_stderr(StringIO()) as log, serving(sqlite_url, rules) as api:
        town = founded(api, log)
        assert everything_told(town, "bob") == TOLD["bob"] | words("name", "ann", "cat")
        assert everything_told(town, "staff of north") == TOLD["staff of north"]


def every_id(town: Town) -> list[str]:
    rows = town.api.run("{ history(first: 100) { nodes { id } pageInfo { hasNextPage } } }")["history"]
    assert not rows["pageInfo"]["hasNextPage"]
    return [*town.ids.values(), "Site-1", "Site-2", *(row["id"] for row in rows["nodes"])]


def acts(town: Town) -> list[tuple[str, dict[str, Any]]]:
    """Every act there is, tried on people of both sites, with and without names that are taken."""
    ids, dry = town.ids, {"dryRun": True}
    stale = {"options": {"expectedVersion": 0}}
    person = {"name": "Zoe", "email": "zoe@example.org", "role": "MENTEE", "partnerSite": "south", "options": dry}
    tried: list[tuple[str, dict[str, Any]]] = [
        ("registerUser", person),
        ("registerUser", {**person, "email": "ZQMAILSID@example.org"}),
        ("registerUser", {**person, "email": "zqmailann@example.org"}),
        ("addSite", {"key": "north", "name": "North again"}),
        ("matchPersonas", {"mentorPersonaId": ids["cat's"], "menteePersonaId": ids["eve's"], "options": dry}),
        ("matchPersonas", {"mentorPersonaId": ids["bob's"], "menteePersonaId": ids["sid's"], "options": dry}),
        ("createToken", {"name": "Mine", "roles": ["SUPER_ADMIN"], "program": "no such program"}),
    ]
    for name in SITES:
        user, persona = {"userId": ids[name], "options": dry}, {"personaId": ids[f"{name}'s"], "options": dry}
        tried += [
            ("finishApplication", user),
            ("changeUserStatus", {**user, "to": "INACTIVE_WITHDRAWN"}),
            ("changeUserStatus", {**user, **stale, "to": "INACTIVE_WITHDRAWN"}),
            ("addPersona", {**user, "role": "MENTEE"}),
            ("updateUser", {**user, "name": "Zoe"}),
            ("updateUser", {**user, "email": "zqmaildan@example.org"}),
            ("makeRescreening", user),
            ("changePersonaStatus", {**persona, "to": "INACTIVE"}),
            ("changeMatchStatus", {**persona, "to": "RESCREENING"}),
            ("makeReadyToBeMatched", persona),
            ("placePersona", {**persona, **stale, "partnerSite": "south"}),
        ]
    for pair in PAIRS:
        match = {"matchId": ids[pair], "options": dry}
        tried += [
            ("closeMatch", match),
            ("openMatch", match),
            ("openMatch", {**match, **stale}),
            ("deleteMatch", match),
        ]
        tried.append(("performTransition", {"transition": "open_match", "subjectId": ids[pair], "options": dry}))
    return tried


SPECIAL = {"finishApplication": "UserTransition", "makeReadyToBeMatched": "PersonaTransition"} | dict.fromkeys(
    ("openMatch", "deleteMatch"), "MatchTransition"
)


@everybody
def test_no_act_and_no_refusal_tells_more(town: Town, who: str) -> None:
    asking, told = walk(town), set[str]()
    mutations = asking.schema.mutation_type.fields
    for name, given in acts(town):
        kind = f"{SPECIAL.get(name, name[0].upper() + name[1:])}Input"
        fields = asking.everything(mutations[name].type.of_type, 2)
        query = f"mutation($input: {kind}!) {{ {name}(input: $input) {{ {fields} }} }}"
        answer = town.as_(who).post(query, {"input": given})
        assert "errors" not in answer.json(), (name, given, answer.text)
        told |= found(answer.text)
    assert told <= TOLD[who]


def test_an_act_does_tell_those_who_may_see(town: Town) -> None:
    stale = {"userId": town.ids["sid"], "to": "INACTIVE_WITHDRAWN", "options": {"expectedVersion": 0}}
    query = """mutation($input: ChangeUserStatusInput!) { changeUserStatus(input: $input) { userErrors {
      ... on VersionConflictError { current { ... on User { name email externalId } } } } } }"""
    current = {
        who: town.as_(who).run(query, input=stale)["changeUserStatus"]["userErrors"][0].get("current")
        for who in ("staff of south", "partner administrator of south", "staff of north")
    }
    assert current == {
        "staff of south": {"name": "Sid zqnamesid", "email": "zqmailsid@example.org", "externalId": "zqnumbersid"},
        "partner administrator of south": {"name": "Sid zqnamesid", "email": None, "externalId": None},
        "staff of north": None,
    }


def test_the_walk_asks_every_field_of_the_schema(town: Town) -> None:
    asking = walk(town)
    assert len(list(asking.queries())) > 80
    for name, each in asking.schema.mutation_type.fields.items():
        asking.everything(each.type.of_type, 2)
        asking.asked.add(("Mutation", name))
    assert len(list(asking.subscriptions())) == 2
    assert every_field(asking.schema) - asking.asked == set()


def test_no_word_is_in_the_log(town: Town) -> None:
    api = town.api
    for query in (
        '{ user(email: "zqmailsid@example.org") { name nothing } }',
        '{ user(email: "zqmailsid@example.org", externalId: "zqnumbersid") { id } }',
        '{ users(filter: {search: "zqnamesid", statusIn: ["zqnotesid"]}) { totalCount } }',
        "{ zqnamesid",
    ):
        assert "errors" in api.post(query).json()
    api.post("query($input: zqnamesid) { viewer { name } }", {"input": {"name": "zqnamesid"}})
    api.http.get(f"{api.url}/graphql", params={"query": "{ viewer { name } }", "zqnamesid": "zqmailsid"})
    api.as_("zqnamesid").post("{ viewer { name } }")
    api.act("registerUser", "user { id }", name="zqnamesid", role="MENTOR", email="zqmailsid@example.org")
    api.run("{ users { nodes { name email externalId history { nodes { note answers { value } } } } } }")
    events = [json.loads(line)["event"] for line in town.log.getvalue().splitlines()]
    assert {"started", "sign-in refused"} <= set(events)
    assert found(town.log.getvalue()) == set()
