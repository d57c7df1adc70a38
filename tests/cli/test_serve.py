"""The server as a process: it starts, answers, and stops when told."""

import signal
import socket
from pathlib import Path

import pytest

from tests.processes import call, served
from tests.receiving import until


def test_an_empty_folder_is_enough_to_serve_the_shipped_rules(tmp_path: Path) -> None:
    with served(tmp_path) as server:
        assert server.origin.startswith("http://127.0.0.1:")
        assert "whoever sits at this machine acts as a super administrator" in server.said
        assert f"  flow      {server.origin}/flow" in server.said.splitlines()
        health = server.get("/readyz").json()
        assert health["status"] == "ready"
        assert set(health["checks"]) == {"database", "schema", "rules"}
        data = server.data("{ viewer { name roles } programs { key rules { revision } } }")
        assert data["viewer"] == {"name": "Local administrator", "roles": ["SUPER_ADMIN"]}
        revisions = {program["key"]: program["rules"]["revision"] for program in data["programs"]}
        assert health["checks"]["rules"] == {"ok": True, **revisions}
        assert "default" in revisions


@pytest.mark.parametrize(("told", "codes"), [(signal.SIGTERM, {0, -signal.SIGTERM}), (signal.SIGINT, {0})])
def test_told_to_stop_it_ends_well_and_says_so(told: signal.Signals, codes: set[int], tmp_path: Path) -> None:
    with served(tmp_path) as server:
        assert server.get("/healthz").json() == {"status": "alive"}
        code, rest = server.stop(told)
        assert code in codes
        assert '"event": "stopped"' in rest
        assert "Traceback" not in rest


def test_answers_carry_no_server_header_and_requests_are_not_logged(tmp_path: Path) -> None:
    with served(tmp_path) as server:
        response = server.get("/graphql", query='{ user(email: "rosa@example.org") { id } }')
        assert response.json()["data"] == {"user": None}
        assert "server" not in response.headers
        _, rest = server.stop(signal.SIGTERM)
        assert "rosa" not in rest


def test_several_workers_share_the_port_and_the_database(tmp_path: Path) -> None:
    with served(tmp_path, "--workers", "2") as server:
        until(lambda: server.err.read_text().count('"event": "started"') == 2)
        add = 'mutation { addSite(input: {key: "lincoln", name: "Lincoln"}) { userErrors { message } } }'
        assert server.data(add)["addSite"] == {"userErrors": []}
        for _ in range(8):
            assert server.data("{ sites { key } }")["sites"] == [{"key": "lincoln"}]
        code, rest = server.stop(signal.SIGTERM)
        assert code == 0
        assert rest.count('"event": "stopped"') == 2


def test_a_taken_port_is_told_with_what_to_try(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        result = call("serve", "--port", port, folder=tmp_path)
    assert result.returncode == 1
    assert f"Cannot listen on 127.0.0.1 port {port}" in result.stderr
    assert "Try another --port" in result.stderr
