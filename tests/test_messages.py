"""Messages from the rules file to a real receiver and a real mail server, and what people see of them meanwhile."""

import hashlib
import hmac
import json
import re
import signal
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from server.delivery_settings import DeliverySettings
from tests.processes import call, served
from tests.receiving import SECRET, Mailbox, Receiver, is_signed, mailbox, receiving, until
from tests.serving import ROOT, RULES, Api, serving
from tests.telling import rules_text

SENDER = "Mentoring <mentoring@example.org>"
LISTED = "{ messages { nodes { id template channel state attempts error body } } }"
GUIDE = (ROOT / "docs" / "rules" / "messages.md").read_text(encoding="utf-8")


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    file = tmp_path / "transitions.yaml"
    file.write_text(rules_text(), encoding="utf-8")
    return file


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as opened:
        yield opened


@pytest.fixture
def box() -> Iterator[Mailbox]:
    with mailbox() as opened:
        yield opened


def settings(receiver: Receiver | None = None, box: Mailbox | None = None) -> DeliverySettings:
    return DeliverySettings(
        receiver.url if receiver else None,
        SECRET if receiver else None,
        box.url if box else None,
        SENDER if box else None,
    )


def environment(database: str, rules: Path, delivery: DeliverySettings, **more: str) -> dict[str, str]:
    given = {"DATABASE_URL": database, "RULES": str(rules), **delivery.environment(), **more}
    return {f"MATCHKEEPER_{name}": value for name, value in given.items()}


def register(api: Api, name: str, role: str = "MENTOR", **more: Any) -> dict[str, Any]:
    person = "user { id personas { id } }"
    email = f"{name.lower()}@example.org"
    user: dict[str, Any] = api.do("registerUser", person, role=role, name=name, email=email, **more)["user"]
    return user


def matched(api: Api, *answers: dict[str, str], **more: Any) -> str:
    """The id of a match of two new people; ``more``: for their registration, ``answers``: of the match."""
    people = [register(api, name, role, **more) for name, role in (("Ann", "MENTOR"), ("Eve", "MENTEE"))]
    for person in people:
        for status in ("SCREENING_INCOMPLETE", "ACTIVE"):
            api.do("changeUserStatus", "user { id }", userId=person["id"], to=status)
    sides = {"mentorPersonaId": people[0]["personas"][0]["id"], "menteePersonaId": people[1]["personas"][0]["id"]}
    match = api.do("matchPersonas", "match { id }", **sides, answers=answers)["match"]["id"]
    return str(match)


def close(api: Api, match: str, **options: Any) -> None:
    answers = {"closeReason": "LENGTH", "mentorRematch": "NO", "menteeRematch": "NO"}
    api.do("closeMatch", "match { id }", matchId=match, **answers, options=options)


def states(api: Api) -> list[tuple[Any, ...]]:
    nodes = api.run(LISTED)["messages"]["nodes"]
    return [(node["template"], node["state"], node["attempts"], node["error"]) for node in nodes]


def delivered(api: Api, count: int) -> bool:
    return [state for _, state, *_ in states(api)].count("DELIVERED") == count


def test_an_act_tells_people_by_mail_and_staff_by_webhook(
    sqlite_url: str, rules: Path, receiver: Receiver, box: Mailbox
) -> None:
    with serving(sqlite_url, rules, delivery=settings(receiver, box)) as api:
        match = matched(api)
        close(api, match)
        until(lambda: delivered(api, 6))
        assert states(api) == [
            *[("welcome", "DELIVERED", 1, None)] * 2,
            *[("closed", "DELIVERED", 1, None)] * 2,
            *[("closed_to_staff", "DELIVERED", 1, None)] * 2,
        ]
    assert (
        sorted(letter["To"] for letter in box.letters)
        == ["ann@example.org", "ann@example.org"] + ["eve@example.org"] * 2
    )
    subjects = {letter["Subject"] for letter in box.letters}
    assert subjects == {
        "Welcome to Mentor and mentee status flow, Ann",
        "Welcome to Mentor and mentee status flow, Eve",
        "Your match: Closed",
    }
    assert sorted(taken["recipient"]["role"] for taken in receiver.taken) == ["PROGRAM_ADMIN", "SITE_STAFF"]
    assert {taken["subject"] for taken in receiver.taken} == {match}
    assert all(is_signed(headers, body) for headers, body in zip(receiver.headers, receiver.bodies, strict=True))


def test_nothing_is_sent_or_written_for_a_dry_run_or_a_refusal(
    sqlite_url: str, rules: Path, receiver: Receiver
) -> None:
    with serving(sqlite_url, rules, delivery=settings(receiver)) as api:
        match = matched(api)
        close(api, match, dryRun=True)
        refused = api.act("deleteMatch", "match { id }", matchId=match)
        assert refused["userErrors"] != []
        assert [template for template, *_ in states(api)] == ["welcome", "welcome"]
        close(api, match)
        until(lambda: len(receiver.bodies) == 2)
    assert {taken["template"] for taken in receiver.taken} == {"closed_to_staff"}


def test_a_failure_is_seen_and_what_is_sent_anew_arrives(
    sqlite_url: str, rules: Path, receiver: Receiver, box: Mailbox, tmp_path: Path
) -> None:
    receiver.answers = [500, 503]
    box.refusals = ["550 no such user"]
    delivery = settings(receiver, box)
    with serving(sqlite_url, rules, delivery=delivery) as api:
        pair = matched(api)
        until(lambda: "FAILED" in {state for _, state, *_ in states(api)})
        close(api, pair)
        until(lambda: delivered(api, 3) and len([error for *_, error in states(api) if error]) == 3)
        told = {(template, state, error) for template, state, _, error in states(api) if state != "DELIVERED"}
        assert told == {
            ("welcome", "FAILED", "the mail server refused the address (550)"),
            ("closed_to_staff", "PENDING", "the receiver answered 500"),
            ("closed_to_staff", "PENDING", "the receiver answered 503"),
        }
        given = environment(sqlite_url, rules, delivery)
        failed = call("messages", "list", "--state", "FAILED", "--json", folder=tmp_path, **given)
        (dead,) = json.loads(failed.stdout)
        assert dead["error"] == "the mail server refused the address (550)"
        assert "example.org" not in failed.stdout
        waiting = [node["id"] for node in api.run(LISTED)["messages"]["nodes"] if node["state"] == "PENDING"]
        done = call("messages", "retry", dead["id"], *waiting, "--json", folder=tmp_path, **given)
        assert (done.returncode, json.loads(done.stdout)) == (0, {"due": 3}), done.stderr
        until(lambda: delivered(api, 6))
    by_key = [headers["Idempotency-Key"] for headers in receiver.headers]
    assert sorted(by_key) == sorted([*waiting, *waiting])
    assert all(is_signed(headers, body) for headers, body in zip(receiver.headers, receiver.bodies, strict=True))


def test_without_settings_messages_wait_and_the_log_says_so_once(sqlite_url: str, rules: Path, tmp_path: Path) -> None:
    with served(tmp_path, **environment(sqlite_url, rules, DeliverySettings())) as server:
        assert "messages  none is sent: they wait" in server.said
        for name in ("Ann", "Eve"):
            given = f'role: MENTOR, name: "{name}", email: "{name}@example.org"'
            server.data(f"mutation {{ registerUser(input: {{{given}}}) {{ userErrors {{ message }} }} }}")
        time.sleep(1.5)
        nodes = server.data(LISTED)["messages"]["nodes"]
        assert [(node["state"], node["attempts"]) for node in nodes] == [("PENDING", 0)] * 2
        _, said = server.stop(signal.SIGTERM)
    waits = [json.loads(line) for line in said.splitlines() if "messages wait" in line]
    assert [(line["channel"], line["until_set"]) for line in waits] == [("email", "MATCHKEEPER_SMTP_URL")]
    assert "example.org" not in said


def test_two_processes_deliver_each_message_once(sqlite_url: str, rules: Path, box: Mailbox, tmp_path: Path) -> None:
    given = environment(sqlite_url, rules, settings(box=box))
    with served(tmp_path, **given) as one, served(tmp_path, **given) as other:
        for number in range(30):
            person = f'role: MENTOR, name: "P{number}", email: "p{number}@example.org"'
            server = (one, other)[number % 2]
            server.data(f"mutation {{ registerUser(input: {{{person}}}) {{ userErrors {{ message }} }} }}")
        query = '{ messages(filter: {stateIn: ["DELIVERED"]}) { totalCount } }'
        until(lambda: one.data(query)["messages"]["totalCount"] == 30)
    assert sorted(letter["To"] for letter in box.letters) == sorted(f"p{number}@example.org" for number in range(30))


def test_a_process_that_is_killed_in_the_middle_loses_nothing(
    sqlite_url: str, rules: Path, receiver: Receiver, tmp_path: Path
) -> None:
    receiver.delay = 5.0
    given = environment(sqlite_url, rules, settings(receiver))
    with serving(sqlite_url, rules) as api:
        close(api, matched(api))
    with served(tmp_path, **given) as server:
        until(lambda: len(receiver.bodies) == 2)
        server.stop(signal.SIGKILL)
    receiver.delay = 0.0
    soon = (datetime.now(UTC) + timedelta(seconds=10)).isoformat()
    nothing = call("messages", "deliver", "--json", folder=tmp_path, **{**given, "MATCHKEEPER_TEST_CLOCK": soon})
    assert json.loads(nothing.stdout) == {"delivered": 0, "waiting": 0, "givenUp": 0}
    later = (datetime.now(UTC) + timedelta(minutes=3)).isoformat()
    rest = call("messages", "deliver", "--json", folder=tmp_path, **{**given, "MATCHKEEPER_TEST_CLOCK": later})
    assert json.loads(rest.stdout) == {"delivered": 2, "waiting": 0, "givenUp": 0}, rest.stderr
    keys = [headers["Idempotency-Key"] for headers in receiver.headers]
    assert len(keys) == 4
    assert len(set(keys)) == 2


def test_under_a_test_clock_the_server_rests_and_a_command_delivers(
    sqlite_url: str, rules: Path, receiver: Receiver, tmp_path: Path
) -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    receiver.answers = [500] * 2
    with serving(sqlite_url, rules, delivery=settings(receiver), test_clock=start) as api:
        close(api, matched(api))
        time.sleep(1.5)
        assert receiver.bodies == []

        def deliver(after: timedelta) -> Any:
            given = environment(sqlite_url, rules, settings(receiver), TEST_CLOCK=(start + after).isoformat())
            return json.loads(call("messages", "deliver", "--json", folder=tmp_path, **given).stdout)

        assert deliver(timedelta()) == {"delivered": 0, "waiting": 2, "givenUp": 0}
        assert deliver(timedelta(seconds=20)) == {"delivered": 0, "waiting": 0, "givenUp": 0}
        assert deliver(timedelta(seconds=40)) == {"delivered": 2, "waiting": 0, "givenUp": 0}
        assert [state for _, state, *_ in states(api)].count("PENDING") == 4


def test_the_guides_program_tells_what_it_says(
    sqlite_url: str, tmp_path: Path, receiver: Receiver, box: Mailbox
) -> None:
    (overlay,) = re.findall(r"```yaml\n(.*?)```", GUIDE, re.DOTALL)
    (tmp_path / "programs").mkdir()
    (tmp_path / "programs" / "north.yaml").write_text(overlay, encoding="utf-8")
    base = tmp_path / "transitions.yaml"
    base.write_text(RULES.read_text(encoding="utf-8"), encoding="utf-8")
    assert set(yaml.safe_load(overlay)["add"]["messages"]) == {"welcome", "matched", "match_for_staff"}
    with serving(sqlite_url, base, delivery=settings(receiver, box)) as api:
        api.do("addSite", "site { id }", program="north", key="lincoln", name="Lincoln")
        said = {"key": "match_comment", "value": "Both like chess."}
        match = matched(api, said, program="north", partnerSite="lincoln")
        query = '{ messages(program: "north", filter: {stateIn: ["DELIVERED"]}) { totalCount } }'
        until(lambda: api.run(query)["messages"]["totalCount"] == 5)
    letters = {(letter["To"], letter["Subject"]): letter.get_content() for letter in box.letters}
    assert letters["ann@example.org", "Welcome to Northern mentoring, Ann"].splitlines() == [
        "Dear Ann,",
        "thank you for applying as Mentor. Your application is now: Application Incomplete.",
        "Questions? Write to support@example.org.",
    ]
    assert "Ann and Eve are a match since" in letters["eve@example.org", "You have a match"]
    (taken,) = receiver.taken
    (shown,) = re.findall(r"```json\n(.*?)```", GUIDE, re.DOTALL)
    varying = ("id", "cause", "createdAt")
    assert {key: value for key, value in taken.items() if key not in varying} == {
        key: value for key, value in json.loads(shown).items() if key not in varying
    }
    assert taken["subject"] == match
    assert set(taken) == set(json.loads(shown))


def test_the_guides_receiver_knows_a_genuine_webhook(sqlite_url: str, rules: Path, receiver: Receiver) -> None:
    with serving(sqlite_url, rules, delivery=settings(receiver)) as api:
        close(api, matched(api))
        until(lambda: len(receiver.bodies) == 2)
    (code,) = re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)
    known: dict[str, Any] = {"hmac": hmac, "hashlib": hashlib}
    exec(code, known)  # noqa: S102 - the guide's own words
    header, body = receiver.headers[0]["Matchkeeper-Signature"], receiver.bodies[0]
    assert known["is_genuine"](header, body, SECRET, time.time())
    assert not known["is_genuine"](header, body.replace(b"1", b"2"), SECRET, time.time())
    assert not known["is_genuine"](header, body, "another secret of sixteen", time.time())
    assert not known["is_genuine"](header, body, SECRET, time.time() + 600)
