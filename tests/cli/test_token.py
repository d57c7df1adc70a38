"""Tokens from the command line, while the server runs on the same database."""

import json
import re
import signal
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.processes import Serving, call, served

VIEWER = {"query": "{ viewer { name roles } clock { now isTest } }"}
GUARDED = {"MATCHKEEPER_REQUIRE_AUTH": "1"}


def asked(server: Serving, secret: str | None, query: str = VIEWER["query"]) -> httpx.Response:
    headers = {"Authorization": f"Bearer {secret}"} if secret else {}
    return httpx.post(f"{server.origin}/graphql", json={"query": query}, headers=headers, timeout=20)


def created(folder: Path, *words: str) -> dict[str, Any]:
    result = call("token", "create", *words, "--json", folder=folder)
    assert result.returncode == 0, result.stderr
    return dict(json.loads(result.stdout))


def test_a_token_made_while_the_server_runs_lets_in_until_it_is_revoked(tmp_path: Path) -> None:
    with served(tmp_path, **GUARDED) as server:
        assert "sign-in with our tokens ('matchkeeper token create')" in server.said
        assert asked(server, None).status_code == 401
        made = created(tmp_path, "--name", "Nightly report", "--role", "SUPER_ADMIN", "--role", "AUDITOR")
        answer = asked(server, made["secret"]).json()
        assert answer["data"]["viewer"] == {"name": "Nightly report", "roles": ["AUDITOR", "SUPER_ADMIN"]}
        assert call("token", "revoke", made["token"]["id"], folder=tmp_path).returncode == 0
        assert asked(server, made["secret"]).status_code == 401
        assert call("token", "revoke", "Token-99", folder=tmp_path).returncode == 1
        code, rest = server.stop(signal.SIGTERM)
        assert code in {0, -signal.SIGTERM}
        assert '"reason": "revoked token"' in rest
        assert made["secret"][12:] not in server.said + rest
    listed = json.loads(call("token", "list", "--json", folder=tmp_path).stdout)
    assert [(row["id"], row["name"], row["program"]) for row in listed] == [("Token-1", "Nightly report", "default")]
    assert listed[0]["lastUsedAt"] is not None
    assert listed[0]["revokedAt"] is not None


def test_a_token_names_its_site_and_its_person(tmp_path: Path) -> None:
    with served(tmp_path) as server:
        asked(server, None, 'mutation { addSite(input: {key: "lincoln", name: "Lincoln"}) { site { id } } }')
        register = 'role: MENTOR, name: "Robin", email: "robin@example.org"'
        asked(server, None, f"mutation {{ registerUser(input: {{{register}}}) {{ user {{ id }} }} }}")
        staff = created(tmp_path, "--name", "Lincoln", "--role", "SITE_STAFF", "--site", "lincoln")
        assert (staff["token"]["site"], staff["token"]["program"]) == ("lincoln", "default")
        for named in ("Robin@Example.org", "User-1"):
            robin = created(tmp_path, "--name", "x", "--role", "PARTICIPANT", "--user", named, "--expires", "90d")
            assert robin["token"]["userId"] == "User-1"
            assert asked(server, robin["secret"]).json()["data"]["viewer"]["name"] == "Robin"


def test_without_json_only_the_secret_goes_to_standard_output(tmp_path: Path) -> None:
    result = call("token", "create", "--name", "Report", "--role", "AUDITOR", folder=tmp_path)
    assert re.fullmatch(r"mk_[a-z2-7]{8}_[a-z2-7]{32}\n", result.stdout)
    assert "Token-1: AUDITOR in default." in result.stderr
    assert result.stdout.strip() not in result.stderr
    listed = call("token", "list", folder=tmp_path).stdout
    assert "Report" in listed
    assert "valid" in listed
    assert result.stdout[12:-1] not in listed


def test_everything_that_is_wrong_is_told_with_its_option(tmp_path: Path) -> None:
    words = ("--name", "x", "--role", "AUDITER", "--role", "SITE_STAFF", "--expires", "2020-01-31")
    result = call("token", "create", *words, folder=tmp_path)
    assert (result.returncode, result.stdout) == (1, "")
    assert "--role: There is no role AUDITER. Did you mean AUDITOR?" in result.stderr
    assert "--site: SITE_STAFF acts at one site: say at which." in result.stderr
    assert "--expires: This moment has passed." in result.stderr
    assert json.loads(call("token", "list", "--json", folder=tmp_path).stdout) == []


@pytest.mark.parametrize(
    ("user", "said"),
    [
        ("nobody@example.org", "--user: Nobody has this e-mail address in default, post_secondary."),
        ("Robin", "--user: "),
    ],
)
def test_a_person_who_is_not_there_is_told(user: str, said: str, tmp_path: Path) -> None:
    result = call("token", "create", "--name", "x", "--role", "PARTICIPANT", "--user", user, folder=tmp_path)
    assert result.returncode == 1
    assert said in result.stderr


@pytest.mark.parametrize("words", [("--expires", "soon"), ("--expires", "0d")])
def test_an_end_that_is_no_date_is_a_usage_error(words: tuple[str, str], tmp_path: Path) -> None:
    result = call("token", "create", "--name", "x", "--role", "AUDITOR", *words, folder=tmp_path)
    assert (result.returncode, result.stdout) == (2, "")
    assert "--expires is 90d, 2027-01-31" in result.stderr


def test_an_id_that_is_none_is_a_usage_error(tmp_path: Path) -> None:
    result = call("token", "revoke", "3", folder=tmp_path)
    assert result.returncode == 2
    assert "Token-1" in result.stderr


def test_a_date_ends_with_its_day(tmp_path: Path) -> None:
    words = ("--name", "x", "--role", "AUDITOR", "--expires", "2999-01-31")
    assert created(tmp_path, *words)["token"]["expiresAt"] == "2999-02-01T00:00:00+00:00"


def test_where_people_sign_in_every_address_can_be_served(tmp_path: Path) -> None:
    secret = created(tmp_path, "--name", "x", "--role", "SUPER_ADMIN")["secret"]
    every = "0.0.0.0"  # noqa: S104 - the address that is tested
    with served(tmp_path, "--host", every, **GUARDED) as server:
        port = server.origin.rpartition(":")[2]
        headers = {"Authorization": f"Bearer {secret}", "Host": "mk.example.org"}
        answer = httpx.post(f"http://127.0.0.1:{port}/graphql", json=VIEWER, headers=headers, timeout=20)
        assert answer.json()["data"]["viewer"]["name"] == "x"
        assert httpx.post(f"http://127.0.0.1:{port}/graphql", json=VIEWER, timeout=20).status_code == 401


def test_a_test_clock_is_loud_and_feeds_every_moment(tmp_path: Path) -> None:
    with served(tmp_path, MATCHKEEPER_TEST_CLOCK="2026-01-01T00:00:00Z") as server:
        assert "TEST CLOCK" in server.said
        told = server.get("/readyz").json()["checks"]["test clock"]
        assert told == {"ok": True, "now": "2026-01-01T00:00:00+00:00", "warning": "time is set for a test"}
        server.data('mutation { advanceClock(to: "2026-02-01T00:00:00Z") { now } }')
        register = 'role: MENTOR, name: "Robin", email: "robin@example.org"'
        made = server.data(f"mutation {{ registerUser(input: {{{register}}}) {{ user {{ createdAt }} }} }}")
        assert made["registerUser"]["user"]["createdAt"] == "2026-02-01T00:00:00Z"
        assert server.data("{ clock { now isTest } }")["clock"] == {"now": "2026-02-01T00:00:00Z", "isTest": True}
        _, rest = server.stop(signal.SIGTERM)
        assert "TEST CLOCK" in rest


@pytest.mark.parametrize(
    ("words", "environment", "said"),
    [
        (("--host", "0.0.0.0"), GUARDED, "A test clock is for this machine only, not for 0.0.0.0."),  # noqa: S104
        (("--workers", "2"), {}, "A test clock is kept by one process, not by 2: use --workers 1."),
    ],
)
def test_a_test_clock_where_it_must_not_be_is_refused(
    words: tuple[str, str], environment: dict[str, str], said: str, tmp_path: Path
) -> None:
    clock = {"MATCHKEEPER_TEST_CLOCK": "2026-01-01T00:00:00Z"}
    result = call("serve", *words, folder=tmp_path, **clock, **environment)
    assert result.returncode == 2
    assert said in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_role_that_nobody_can_have_is_refused_at_the_start(tmp_path: Path) -> None:
    issuer = {"MATCHKEEPER_OIDC_ISSUER": "https://id.example.org", "MATCHKEEPER_OIDC_AUDIENCE": "mk"}
    for role in ("SYSTEM", "ADMIN"):
        result = call("serve", folder=tmp_path, MATCHKEEPER_OIDC_ROLES=f"roles:mk={role}", **issuer)
        assert result.returncode == 1
        assert f"MATCHKEEPER_OIDC_ROLES gives the role {role}, which is none. There are: AUDITOR, " in result.stderr
