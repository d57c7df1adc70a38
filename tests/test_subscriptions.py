"""Subscriptions over the network: what comes, to whom, in which order, and after a break."""

import re
import shutil
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

import httpx
import pytest

from server.domain.audit import AuditFilter
from server.store.database import Store, open_store
from server.store.reads import entries_listed
from tests.following import PATIENCE_SECONDS, following
from tests.processes import ROOT, served
from tests.serving import Api, end_of_history, ids_after, serving

CHANGES = """subscription($after: String, $filter: StatusChangeFilter) {
  statusChanged(after: $after, filter: $filter) { cursor id transition note subject { id } }
}"""
HISTORY = "{ history(first: 100) { nodes { id } pageInfo { endCursor hasNextPage } } }"
UNIQUE = iter(range(1, 1_000))


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("rules")
    shutil.copytree(ROOT / "rules", folder / "rules")
    return folder / "rules" / "transitions.yaml"


@pytest.fixture(scope="module")
def url(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    file = tmp_path_factory.mktemp("subscriptions") / "matchkeeper.db"
    shutil.copyfile(sqlite_template, file)
    return f"sqlite:///{file}"


@pytest.fixture(scope="module")
def api(url: str, rules: Path) -> Iterator[Api]:
    with serving(url, rules) as found:
        for site in ("north", "south"):
            found.do("addSite", "site { id }", key=site, name=site)
        register(found)  # so that history has an end to go on from, whichever test comes first
        yield found


def register(api: Api, site: str | None = None) -> tuple[str, str]:
    """The ids of somebody new and of their persona."""
    number = next(UNIQUE)
    more = {"partnerSite": site} if site else {}
    given = {"name": f"Nora {number}", "email": f"nora{number}@example.org", "role": "MENTOR", **more}
    made = api.do("registerUser", "user { id personas { id } }", **given)["user"]
    return made["id"], made["personas"][0]["id"]


def test_every_change_comes_once_in_the_order_of_history(api: Api) -> None:
    start = end_of_history(api)
    with following(api.url) as follower:
        follower.subscribe(CHANGES, after=start)
        user, _ = register(api)
        api.do("finishApplication", "user { id }", userId=user, options={"note": "by telephone"})
        expected = ids_after(api, start)
        told = [follower.data() for _ in expected]
    assert [change["id"] for change in told] == expected
    assert told[-1] == {**told[-1], "subject": {"id": user}, "transition": "finish_application", "note": "by telephone"}


def test_without_a_cursor_only_what_comes_from_then_on(api: Api) -> None:
    register(api)
    with following(api.url) as follower:
        follower.subscribe(CHANGES)
        follower.settle()
        before = ids_after(api, None)
        user, _ = register(api)
        assert follower.data()["subject"]["id"] == user
        assert follower.data()["id"] not in before


def test_a_filter_narrows_what_comes(api: Api) -> None:
    with following(api.url) as follower:
        follower.subscribe(CHANGES, filter={"transitionIn": ["finish_application"]}, after=end_of_history(api))
        for _ in range(2):
            user, _ = register(api)
            api.do("finishApplication", "user { id }", userId=user)
            assert follower.data()["subject"]["id"] == user


def test_nothing_is_lost_and_nothing_comes_twice_however_often_the_line_breaks(api: Api) -> None:
    start = end_of_history(api)
    writing = threading.Thread(target=lambda: [register(api) for _ in range(12)])
    writing.start()
    cursor, found = start, list[str]()
    for taken in (1, 2, 3, 4, 5, 6, 7, 8):
        with following(api.url) as follower:
            follower.subscribe(CHANGES, after=cursor)
            for _ in range(taken):
                change = follower.data()
                cursor = change["cursor"]
                found.append(change["id"])
    writing.join()
    assert found == ids_after(api, start)[: len(found)]
    assert len(found) == 36 == len(ids_after(api, start))


def test_more_than_is_read_at_once_comes_whole(api: Api) -> None:
    # The cost of an event is so high that few are looked for at a time.
    expected = ids_after(api, None)
    costly = (
        'subscription { statusChanged(after: "WyJpZCIsMF0") { id subject { history(first: 100) { nodes { id } } } } }'
    )
    with following(api.url) as follower:
        follower.subscribe(costly)
        assert [follower.data()["id"] for _ in expected] == expected


@pytest.fixture(scope="module")
def tokens(api: Api) -> dict[str, str]:
    made = {}
    for name, role, more in (
        ("north", "SITE_STAFF", {"site": "north"}),
        ("south", "SITE_STAFF", {"site": "south"}),
        ("partner", "PARTNER_ADMIN", {"site": "north"}),
        ("leaving", "PROGRAM_ADMIN", {}),
    ):
        token = api.do("createToken", "secret token { id }", name=name, roles=[role], **more)
        made[name], made[f"{name} id"] = token["secret"], token["token"]["id"]
    return made


def test_each_caller_gets_what_they_may_see_and_nothing_of_the_rest(api: Api, tokens: dict[str, str]) -> None:
    with following(api.url, tokens["north"]) as north, following(api.url, tokens["south"]) as south:
        for follower in (north, south):
            follower.subscribe(CHANGES)
            follower.settle()
        here, there = register(api, "north"), register(api, "south")
        assert {north.data()["subject"]["id"] for _ in range(3)} == set(here)
        assert {south.data()["subject"]["id"] for _ in range(3)} == set(there)


def test_the_rights_are_those_of_the_moment_not_those_of_the_beginning(api: Api, tokens: dict[str, str]) -> None:
    (user, persona), (other, _) = register(api, "north"), register(api, "south")
    with following(api.url, tokens["south"]) as follower:
        follower.subscribe(CHANGES)
        follower.settle()
        for each in (user, other):
            api.do("finishApplication", "user { id }", userId=each)
        assert follower.data()["subject"]["id"] == other
        api.do("placePersona", "persona { id }", personaId=persona, partnerSite="south")
        told = follower.data()
    assert (told["transition"], told["subject"]["id"]) == ("place_persona", persona)


def test_what_may_not_be_seen_of_a_change_is_not_told(api: Api, tokens: dict[str, str]) -> None:
    with following(api.url, tokens["partner"]) as follower:
        follower.subscribe(CHANGES)
        follower.settle()
        user, _ = register(api, "north")
        api.do("finishApplication", "user { id }", userId=user, options={"note": "said by her aunt"})
        told = [follower.data() for _ in range(4)]
    assert told[-1] == {**told[-1], "transition": "finish_application", "subject": {"id": user}, "note": None}


def test_a_revoked_token_ends_what_it_follows_before_anything_more_is_told(api: Api, tokens: dict[str, str]) -> None:
    with following(api.url, tokens["leaving"]) as follower:
        follower.subscribe(CHANGES)
        follower.settle()
        api.run("mutation($id: ID!) { revokeToken(id: $id) { userErrors { code } } }", id=tokens["leaving id"])
        register(api)
        assert follower.code_at_the_end() == 4403


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ('subscription { statusChanged(after: "x") { id } }', "BAD_USER_INPUT"),
        ('subscription { statusChanged(program: "limbo") { id } }', "BAD_USER_INPUT"),
        ('subscription { statusChanged(filter: {machineIn: ["nothing"]}) { id } }', "BAD_USER_INPUT"),
        ('subscription { rulesChanged(program: "limbo") { revision } }', "BAD_USER_INPUT"),
        ("subscription { statusChanged { id } rulesChanged { revision } }", "GRAPHQL_VALIDATION_FAILED"),
    ],
)
def test_what_cannot_be_followed_is_said_at_once(api: Api, query: str, code: str) -> None:
    with following(api.url) as follower:
        follower.subscribe(query)
        message = follower.message()
    assert (message["type"], message["payload"][0]["extensions"]["code"]) == ("error", code)


def test_what_is_shown_of_minors_is_in_the_record_of_reads(api: Api, url: str) -> None:
    mentee = {"name": "Mina Minor", "email": "mina@example.org", "role": "MENTEE"}
    start = end_of_history(api)
    user = api.do("registerUser", "user { id }", **mentee)["user"]["id"]
    headers = {"X-Request-Id": "following-mina", "Accept": "text/event-stream"}
    body = {"query": CHANGES, "variables": {"after": start}}
    with api.http.stream("POST", f"{api.url}/graphql", json=body, headers=headers) as answer:
        lines = answer.iter_lines()
        told = [next(line for line in lines if line.startswith("data: ")) for _ in range(3)]
    assert user in "".join(told)
    store = open_store(url)
    try:
        assert is_entered(store, int(user.removeprefix("User-")), "following-mina")
    finally:
        store.close()


def is_entered(store: Store, person: int, request_id: str) -> bool:
    """Whether the record of reads says that a request has shown this person: it is written a second later."""
    narrowed = AuditFilter(person_id=person)
    for _ in range(PATIENCE_SECONDS * 10):
        rows = store.query_now(lambda session: entries_listed(session.connection, narrowed, None))
        if request_id in {row.entry.request_id for row in rows}:
            return True
        threading.Event().wait(0.1)
    return False


RULES_CHANGED = "subscription($after: String) { rulesChanged(after: $after) { revision title } }"


def test_other_rules_are_told_when_they_come_into_force(api: Api, rules: Path) -> None:
    first = api.run("{ program { rules { revision title } } }")["program"]["rules"]
    text = rules.read_text("utf-8")
    with following(api.url) as follower:
        follower.subscribe(RULES_CHANGED, after=first["revision"])
        follower.settle()
        rules.write_text(text.replace(f"title: {first['title']}", "title: Followed"), "utf-8")
        told = follower.data()
        assert (told["title"], told["revision"] == first["revision"]) == ("Followed", False)
        follower.subscribe(RULES_CHANGED, after=first["revision"])
        assert follower.data() == told  # who comes later with what they had gets it at once
        rules.write_text(text, "utf-8")
        assert {follower.data()["revision"] for _ in range(2)} == {first["revision"]}


PAGE = (ROOT / "docs" / "api" / "subscriptions.md").read_text(encoding="utf-8")


def test_the_guide_shows_what_works(api: Api) -> None:
    follow, rules_changed, load = [dedent(text) for text in re.findall(r"```graphql\n(.*?)```", PAGE, re.DOTALL)]
    end = api.run(load)["history"]["pageInfo"]["endCursor"]
    with following(api.url) as follower:
        follower.subscribe(follow, after=end)
        user, _ = register(api)
        assert follower.data()["subject"]["id"] == user
        follower.subscribe(rules_changed, after="what I have")
        assert follower.data()["cursor"]
        assert follower.data()["problems"] == []


def test_a_server_that_stops_lets_its_followers_go_so_that_they_come_again(tmp_path: Path) -> None:
    body = {"query": "subscription { rulesChanged { revision } }"}
    with served(tmp_path) as process, following(process.origin) as follower:
        follower.subscribe(CHANGES)
        follower.settle()
        address, headers = f"{process.origin}/graphql", {"Accept": "text/event-stream"}
        with httpx.stream("POST", address, json=body, headers=headers, timeout=PATIENCE_SECONDS) as answer:
            lines = answer.iter_lines()
            assert next(lines) == ":"
            code, said = process.stop(signal.SIGTERM)
            assert follower.code_at_the_end() == 1012
            assert set(lines) <= {"", ":"}  # no 'complete', so that the client comes again
    assert code == -signal.SIGTERM  # as whoever stops with SIGTERM ends, and without having waited for anybody
    assert '"event": "stopped"' in said
    assert not {"Traceback", "Cancel"} & set(said.split())
