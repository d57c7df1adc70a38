"""What an issuer tells, and what of it is not taken."""

import asyncio
import json
import socket

import pytest
from joserfc.errors import SecurityWarning
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

from server.identity import issuer as asking
from server.identity.issuer import IssuerError, algorithms_of, fetch_keys
from tests.identity.builders import KINDS, Issuer

CONFIGURATION = "/.well-known/openid-configuration"


def fetched(issuer: Issuer) -> set[str | None]:
    return set(asyncio.run(fetch_keys(issuer.origin)))


def failure(issuer: Issuer) -> str:
    with pytest.raises(IssuerError) as failed:
        asyncio.run(fetch_keys(issuer.origin))
    return str(failed.value)


def configured(served: Issuer, **besides: object) -> None:
    told = {"issuer": served.origin, "jwks_uri": f"{served.origin}/keys", **besides}
    served.answers[CONFIGURATION] = (200, json.dumps(told).encode())


def test_keys_are_found_by_discovery(issuer: Issuer) -> None:
    assert fetched(issuer) == {"key-0"}
    assert issuer.asked == [CONFIGURATION, "/keys"]


def test_keys_that_we_do_not_take_are_passed_over(issuer: Issuer) -> None:
    others = [
        KINDS["ES256"]("good").as_dict(private=False),
        {**KINDS["ES256"]("for-encryption").as_dict(private=False), "use": "enc"},
        {"kty": "oct", "k": "c2VjcmV0", "kid": "shared"},
        {"kty": "AKP", "kid": "tomorrow"},
        {"kty": "RSA", "kid": "broken"},
        "not a key",
    ]
    issuer.answers["/keys"] = (200, json.dumps({"keys": others}).encode())
    assert fetched(issuer) == {"good"}


@pytest.mark.parametrize(
    ("key", "algorithms"),
    [
        (RSAKey.generate_key(2048, {"alg": "RS256"}), {"RS256"}),
        (RSAKey.generate_key(2048, {"alg": "PS256"}), set()),
        (ECKey.generate_key("P-384"), set()),
        (OKPKey.generate_key("X25519"), set()),
        (OKPKey.generate_key("Ed25519"), {"EdDSA", "Ed25519"}),
        (OctKey.generate_key(256), set()),
    ],
)
def test_a_key_says_itself_what_it_is_for(key: asking.Key, algorithms: set[str]) -> None:
    assert algorithms_of(key) == algorithms


def test_a_short_rsa_key_is_for_nothing() -> None:
    with pytest.warns(SecurityWarning, match="2048"):
        key = RSAKey.generate_key(1024)
    assert algorithms_of(key) == frozenset()


def test_an_answer_that_cannot_be_used_is_a_failure_in_words(issuer: Issuer) -> None:
    for answer, said in (
        ((500, b""), "it answered 500"),
        ((302, b""), "it answered 302"),
        ((200, b"<html>"), "its answer is not JSON"),
        ((200, b"[" * 5000), "its answer is not JSON"),
        ((200, b"[]"), "its answer is not an object"),
        ((200, b" " * (asking.ANSWER_LIMIT + 1)), "its answer is too long"),
    ):
        issuer.answers[CONFIGURATION] = answer
        assert failure(issuer) == said


def test_a_configuration_that_names_another_issuer_is_not_believed(issuer: Issuer) -> None:
    configured(issuer, issuer="https://elsewhere.example")
    assert failure(issuer) == "its configuration names another issuer"


@pytest.mark.parametrize("address", ["http://elsewhere.example/keys", "file:///etc/passwd", "ftp://127.0.0.1/keys"])
def test_keys_are_fetched_over_nothing_but_https(issuer: Issuer, address: str) -> None:
    configured(issuer, jwks_uri=address)
    assert failure(issuer) == "its jwks_uri is not https"
    assert issuer.asked == [CONFIGURATION]


def test_a_configuration_without_keys_is_a_failure(issuer: Issuer) -> None:
    configured(issuer, jwks_uri=None)
    assert failure(issuer) == "its configuration has no jwks_uri"
    issuer.answers.clear()
    issuer.keys.clear()
    assert failure(issuer) == "none of its keys can be used"


def test_an_issuer_that_is_not_there_is_a_failure() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        origin = f"http://127.0.0.1:{listener.getsockname()[1]}"
        assert failure(Issuer(origin)) == "ConnectError"


def test_a_silent_issuer_is_left_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "PATIENCE_SECONDS", 0.1)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        origin = f"http://127.0.0.1:{listener.getsockname()[1]}"
        assert failure(Issuer(origin)) in {"ReadTimeout", "TimeoutError"}
