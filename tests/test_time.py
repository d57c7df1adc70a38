"""What happens by itself, over HTTP: a server whose time a test moves, and several processes at once."""

import json
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from server.settings import PREFIX
from tests.processes import call, served
from tests.serving import Api, serving
from tests.timed import CALL_IN, LAPSE, REMIND, SET_ASIDE, written

FRIDAY = datetime(2026, 3, 27, 11, tzinfo=UTC)
RUN = "mutation { runDue { subject { id } transition to { key } effectiveAt causedBy { transition } } }"
DUE = "query($until: DateTime) { due(until: $until) { subject { id } transition { key } dueAt } }"
PATIENCE_SECONDS = 30


def clocked(folder: Path, *transitions: str) -> Any:
    return serving(f"sqlite:///{folder / 'time.db'}", written(folder, *transitions), test_clock=FRIDAY)


def advance(api: Api, to: str) -> None:
    api.run("mutation($to: DateTime!) { advanceClock(to: $to) { now } }", to=to)


def registered(api: Api, name: str = "robin") -> str:
    user = api.do("registerUser", "user { id }", role="MENTOR", name=name, email=f"{name}@example.org")["user"]
    return str(user["id"])


def ran(api: Api) -> list[tuple[str, str, str]]:
    changes = api.run(RUN)["runDue"]
    return [(change["subject"]["id"], change["transition"], change["to"]["key"]) for change in changes]


def test_an_application_lapses_after_21_days_and_the_persona_with_it(tmp_path: Path) -> None:
    with clocked(tmp_path, LAPSE, SET_ASIDE) as api:
        robin = registered(api)
        assert api.run(DUE)["due"] == []
        (coming,) = api.run(DUE, until="2026-05-01T00:00:00Z")["due"]
        # Three weeks by the wall: the clocks are put forward in between.
        assert coming == {"subject": {"id": robin}, "transition": {"key": "lapse"}, "dueAt": "2026-04-17T10:00:00Z"}
        advance(api, "2026-04-17T09:59:59Z")
        assert ran(api) == []
        finished = registered(api, "fay")
        advance(api, "2026-04-17T10:00:00Z")
        assert ran(api) == [(robin, "lapse", "INACTIVE_WITHDRAWN"), ("Persona-1", "set_aside", "INACTIVE")]
        assert ran(api) == []
        history = "{ history { nodes { transition actorName causedBy { transition } effectiveAt } } }"
        *_, lapsed, aside = api.run(history)["history"]["nodes"]
        assert lapsed["effectiveAt"] == aside["effectiveAt"] == "2026-04-17T10:00:00Z"
        assert (lapsed["actorName"], lapsed["causedBy"]) == ("The platform itself", None)
        assert aside["causedBy"] == {"transition": "lapse"}
        api.do("sendEvent", "change { id }", event="application.finished", subjectId=finished)
        advance(api, "2026-06-01T00:00:00Z")
        assert ran(api) == []


def test_what_becomes_true_follows_in_the_same_act(tmp_path: Path) -> None:
    with clocked(tmp_path, SET_ASIDE) as api:
        robin = registered(api)
        withdrawn = {"userId": robin, "to": "INACTIVE_WITHDRAWN"}
        dry = api.do("changeUserStatus", "planned { transition }", **withdrawn, options={"dryRun": True})
        assert [change["transition"] for change in dry["planned"]] == ["withdraw", "set_aside"]
        payload = api.do("changeUserStatus", "sideEffects { transition causedBy { transition } }", **withdrawn)
        assert payload["sideEffects"] == [{"transition": "set_aside", "causedBy": {"transition": "withdraw"}}]


def test_every_weekday_at_eight_by_the_clocks_of_the_place(tmp_path: Path) -> None:
    with clocked(tmp_path, CALL_IN) as api:
        robin = registered(api)
        api.do("finishApplication", "user { id }", userId=robin)
        (coming,) = api.run(DUE, until="2026-04-01T00:00:00Z")["due"]
        # Monday at eight: over the weekend the clocks have been put forward, so it is six in UTC, not seven.
        assert coming["dueAt"] == "2026-03-30T06:00:00Z"
        for moment in ("2026-03-28T08:00:00Z", "2026-03-29T08:00:00Z", "2026-03-30T05:59:59Z"):
            advance(api, moment)
            assert ran(api) == []
        advance(api, "2026-03-30T06:00:00Z")
        assert ran(api) == [(robin, "call_in", "ACTIVE")]


def test_a_reminder_leaves_the_status_as_it_is_and_comes_at_each_age_once(tmp_path: Path) -> None:
    with clocked(tmp_path, REMIND) as api:
        robin = registered(api)
        asked = "transitions { key to { key } targets { key } happens }"
        program = api.run(f'{{ program {{ rules {{ machine(key: "user_status") {{ {asked} }} }} }} }}')["program"]
        found = [row for row in program["rules"]["machine"]["transitions"] if row["key"] == "remind"]
        both = [{"key": "APPLICATION_INCOMPLETE"}, {"key": "SCREENING_INCOMPLETE"}]
        words = ["after 7 days and 14 days in the status"]
        assert found == [{"key": "remind", "to": None, "targets": both, "happens": words}]
        for moment, times in (("2026-04-03T09:59:59Z", 0), ("2026-04-03T10:00:00Z", 1), ("2026-04-10T10:00:00Z", 1)):
            advance(api, moment)
            assert ran(api) == [(robin, "remind", "APPLICATION_INCOMPLETE")] * times
            assert ran(api) == []
        api.do("performTransition", "subject { id }", transition="remind", subjectId=robin)
        history = "{ history { nodes { transition actorName from { key } to { key } } } }"
        *_, second, by_hand = api.run(history)["history"]["nodes"]
        same = {"transition": "remind", "from": both[0], "to": both[0]}
        assert second == {**same, "actorName": "The platform itself"}
        assert by_hand["from"] == by_hand["to"] == both[0]
        assert api.run(DUE, until="2027-01-01T00:00:00Z")["due"] == []


def test_two_processes_at_once_carry_it_out_once(tmp_path: Path) -> None:
    rules = written(tmp_path, LAPSE.replace("P21D", "PT1S"), SET_ASIDE)
    settings = {f"{PREFIX}RULES": str(rules), f"{PREFIX}DATABASE_URL": f"sqlite:///{tmp_path / 'both.db'}"}
    people = 6
    with served(tmp_path, **settings, MATCHKEEPER_SCHEDULER="0") as server:
        for number in range(people):
            person = f'role: MENTOR, name: "P", email: "p{number}@example.org"'
            server.data(f"mutation {{ registerUser(input: {{{person}}}) {{ user {{ id }} }} }}")
        time.sleep(1.1)
        count = 'query { history(filter: {transitionIn: ["lapse"]}) { totalCount } }'
        assert server.data(count)["history"]["totalCount"] == 0
    with served(tmp_path, "--workers", "3", **settings) as server:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while server.data("{ due { dueAt } }")["due"]:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        found = server.data(
            '{ history(filter: {transitionIn: ["lapse", "set_aside"]}, first: 100) { nodes { subject { id } } } }'
        )
        subjects = [row["subject"]["id"] for row in found["history"]["nodes"]]
        assert len(subjects) == len(set(subjects)) == 2 * people


def test_the_command_lists_and_runs_what_is_due(tmp_path: Path) -> None:
    rules = written(tmp_path, LAPSE)
    database = f"sqlite:///{tmp_path / 'command.db'}"
    settings = {f"{PREFIX}RULES": str(rules), f"{PREFIX}DATABASE_URL": database}
    with serving(database, rules, test_clock=FRIDAY) as api:
        robin = registered(api)
    at = {**settings, f"{PREFIX}TEST_CLOCK": "2026-04-20T12:00:00Z"}
    listed = call("due", "--json", folder=tmp_path, **at)
    row = {"program": "default", "subject": robin, "transition": "lapse", "dueAt": "2026-04-17T10:00:00+00:00"}
    assert json.loads(listed.stdout) == [row]
    told = call("due", folder=tmp_path, **at)
    assert "2026-04-17 12:00 CEST" in told.stdout
    assert "after 21 days in the status" in told.stdout
    early = {**settings, f"{PREFIX}TEST_CLOCK": "2026-04-01T12:00:00Z"}
    assert call("due", "--run", folder=tmp_path, **early).stderr == "Nothing was due.\n"
    assert json.loads(call("due", "--until", "2026-04-17", "--json", folder=tmp_path, **early).stdout) == []
    assert json.loads(call("due", "--until", "2026-04-18", "--json", folder=tmp_path, **early).stdout) == [row]
    run = call("due", "--run", folder=tmp_path, **at)
    assert run.stdout == f"{robin} APPLICATION_INCOMPLETE -> INACTIVE_WITHDRAWN lapse\n"
    assert call("due", "--run", "--json", folder=tmp_path, **at).stdout == "[]\n"
    assert call("due", "--run", "--until", "2026-04-18", folder=tmp_path, **at).returncode == 2
    assert call("due", "--until", "soon", folder=tmp_path, **at).returncode == 2
    assert "There is no program elsewhere" in call("due", "--program", "elsewhere", folder=tmp_path, **at).stderr
