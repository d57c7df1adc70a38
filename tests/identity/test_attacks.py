"""Tokens that let nobody in, over HTTP: whatever is wrong with them, the answer is the same."""

import base64
import hmac
import http.client
import json
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from joserfc.jwk import Key

from server.domain.actors import Caller
from server.domain.tokens import digest
from server.openid_settings import OpenIdSettings
from server.services.rulebook import open_rulebook
from server.services.token_wishes import TokenWish
from server.services.tokens import Issued, Tokens
from server.store.database import open_store
from tests.identity.builders import AUDIENCE, KINDS, NOW, ROLES, Issuer, an_issuer
from tests.serving import Api, serving
from tests.shipped import RULES as SHIPPED

OWNER = Caller("Olga Owner", frozenset({"SUPER_ADMIN"}))
MOMENT = int(NOW.timestamp())
QUERY = b'{"query": "{ viewer { name } }"}'


@dataclass(frozen=True)
class Gate:
    """A server where everybody signs in, and what an attacker may know of it."""

    api: Api
    issuer: Issuer
    good: Issued
    revoked: Issued
    expired: Issued

    def knock(self, *headers: bytes, body: bytes = QUERY) -> tuple[int, bytes, str | None]:
        """The answer to exactly these Authorization headers, byte for byte."""
        where = urlsplit(self.api.url)
        connection = http.client.HTTPConnection(where.hostname or "", where.port, timeout=10)
        connection.putrequest("POST", "/graphql")
        connection.putheader("Content-Type", "application/json")
        connection.putheader("Content-Length", str(len(body)))
        for header in headers:
            connection.putheader("Authorization", header)
        connection.endheaders(body)
        response = connection.getresponse()
        answer = (response.status, response.read(), response.getheader("WWW-Authenticate"))
        connection.close()
        return answer


@pytest.fixture(scope="module")
def gate(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gate]:
    file = tmp_path_factory.mktemp("gate") / "gate.db"
    shutil.copyfile(sqlite_template, file)
    store = open_store(f"sqlite:///{file}")
    rulebook = store.mutate_now(lambda session: open_rulebook(session, SHIPPED, NOW))

    def issued(number: int, **wish: Any) -> Issued:
        tokens = Tokens(rulebook, lambda: NOW - timedelta(days=2), lambda length: bytes([number]) * length)
        wished = TokenWish(f"Token {number}", ("SUPER_ADMIN",), **wish)
        return store.mutate_now(lambda session: tokens.create(session, OWNER, wished))

    good, revoked, expired = issued(1), issued(2), issued(3, expires_at=NOW)
    ending = Tokens(rulebook, lambda: NOW, bytes)
    store.mutate_now(lambda session: ending.revoke(session, OWNER, revoked.token.id))
    store.close()
    with an_issuer() as issuer:
        openid = OpenIdSettings(issuer.origin, AUDIENCE, ROLES)
        with serving(f"sqlite:///{file}", require_auth=True, openid=openid, test_clock=NOW) as api:
            yield Gate(api, issuer, good, revoked, expired)


def b64(data: bytes | Mapping[str, Any]) -> str:
    raw = data if isinstance(data, bytes) else json.dumps(data).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def raw(gate: Gate, header: bytes, claims: bytes | None = None) -> str:
    """A token of parts as they are, well signed by the issuer's own key."""
    signed = f"{b64(header)}.{b64(claims or json.dumps(gate.issuer.claims()).encode())}"
    private: Any = gate.issuer.keys[0].get_op_key("sign")
    return f"{signed}.{b64(private.sign(signed.encode(), PKCS1v15(), SHA256()))}"


HEADER = b'{"alg":"RS256","typ":"JWT","kid":"key-0"}'


def shared(gate: Gate, algorithm: str, secret: bytes) -> str:
    """A token signed with a secret that both sides would have to share."""
    signed = f"{b64({'alg': algorithm, 'typ': 'JWT', 'kid': 'key-0'})}.{b64(gate.issuer.claims())}"
    return f"{signed}.{b64(hmac.digest(secret, signed.encode(), 'sha256'))}"


def public_pem(gate: Gate) -> bytes:
    return gate.issuer.keys[0].as_pem(private=False)


def stranger(kind: str = "RS256") -> Key:
    return KINDS[kind]("key-0")


def own_key(gate: Gate) -> str:
    key = stranger()
    return gate.issuer.sign(key, {"jwk": key.as_dict(private=False)})


def cut(text: str, at: int) -> str:
    return text[:at]


def changed_claims(gate: Gate) -> str:
    header, _, signature = gate.issuer.sign().split(".")
    return f"{header}.{b64(gate.issuer.claims(roles='mk-owner'))}.{signature}"


def loosely_written(gate: Gate) -> str:
    """The last character of an RSA signature has four bits that nobody reads: set one of them."""
    good = gate.issuer.sign()
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return good[:-1] + letters[letters.index(good[-1]) ^ 1]


CLAIMS: dict[str, dict[str, Any]] = {
    "another audience": {"aud": "others"},
    "other audiences": {"aud": ["others", "more"]},
    "no audience": {"aud": None},
    "an empty audience": {"aud": []},
    "an audience that is no text": {"aud": {AUDIENCE: True}},
    "another issuer": {"iss": "https://elsewhere.example"},
    "the issuer with a slash": {"iss": "http://127.0.0.1/"},
    "no issuer": {"iss": None},
    "a list of issuers": {"iss": ["https://elsewhere.example"]},
    "no subject": {"sub": None},
    "an empty subject": {"sub": ""},
    "a number as subject": {"sub": 7},
    "expired a minute ago": {"exp": MOMENT - 60},
    "no expiry": {"exp": None},
    "an expiry in words": {"exp": "2999-01-01"},
    "an expiry that is true": {"exp": True},
    "an expiry beyond numbers": {"exp": float("inf")},
    "an expiry that is no number": {"exp": float("nan")},
    "issued in two minutes": {"iat": MOMENT + 120},
    "not issued at any time": {"iat": None},
    "issued at a text": {"iat": str(MOMENT)},
    "not valid for two minutes yet": {"nbf": MOMENT + 120},
    "not before a text": {"nbf": "now"},
    "a name that is a list": {"name": ["Rosa"]},
    "a name of control characters": {"name": "Rosa\r\nSet-Cookie: x"},
}
HEADERS: dict[str, dict[str, Any]] = {
    "a key id that nobody knows": {"kid": "key-9"},
    "a key id that leads elsewhere": {"kid": "../../dev/null"},
    "a key id with an injection": {"kid": "key-0' OR '1'='1"},
    "a key id that is a number": {"kid": 0},
    "an empty key id": {"kid": ""},
    "an address of keys": {"jku": "https://evil.example/keys"},
    "an address of certificates": {"x5u": "https://evil.example/cert"},
    "a certificate of its own": {"x5c": ["MIIB"]},
    "a critical extension": {"crit": ["exp"], "exp": 1},
    "an unencoded payload": {"b64": False, "crit": ["b64"]},
    "no type": {"typ": None},
    "the type of a logout": {"typ": "logout+jwt"},
    "a type that is no text": {"typ": ["JWT"]},
}
TEXTS: dict[str, Callable[[Gate], str]] = {
    "no algorithm and no signature": lambda g: f"{b64({'alg': 'none', 'typ': 'JWT'})}.{b64(g.issuer.claims())}.",
    "algorithm none with a signature": lambda g: f"{b64({'alg': 'none', 'typ': 'JWT'})}.{b64(g.issuer.claims())}.AA",
    "algorithm NONE": lambda g: f"{b64({'alg': 'NoNe', 'typ': 'JWT'})}.{b64(g.issuer.claims())}.AA",
    "the public key as a shared secret": lambda g: shared(g, "HS256", public_pem(g)),
    "the public key as a shared secret, said to be RS256": lambda g: shared(g, "RS256", public_pem(g)),
    "an empty shared secret": lambda g: shared(g, "HS256", b""),
    "signed by a stranger": lambda g: g.issuer.sign(stranger()),
    "signed by a stranger on another curve": lambda g: g.issuer.sign(stranger("ES256")),
    "signed by a stranger with EdDSA": lambda g: g.issuer.sign(stranger("EdDSA")),
    "signed by a stranger who sends the key along": own_key,
    "well signed, with another algorithm": lambda g: g.issuer.sign(header={"alg": "PS256"}),
    "well signed, with a longer hash": lambda g: g.issuer.sign(header={"alg": "RS512"}),
    "claims changed after signing": changed_claims,
    "written in a second way": loosely_written,
    "doubled claims": lambda g: raw(g, HEADER, json.dumps(g.issuer.claims()).encode()[:-1] + b',"sub":"root"}'),
    "doubled claims further in": lambda g: raw(
        g, HEADER, json.dumps(g.issuer.claims()).encode()[:-1] + b',"x":[{"a":1,"a":2}]}'
    ),
    "a doubled algorithm": lambda g: raw(g, b'{"alg":"none","alg":"RS256","typ":"JWT","kid":"key-0"}'),
    "claims that are a list": lambda g: raw(g, HEADER, b"[]"),
    "claims that are no JSON": lambda g: raw(g, HEADER, b"{"),
    "claims in another encoding": lambda g: raw(g, HEADER, json.dumps(g.issuer.claims()).encode("utf-16")),
    "claims of endless depth": lambda g: raw(g, HEADER, b'{"a":' * 1000 + b"1" + b"}" * 1000),
    "a header that is a list": lambda g: raw(g, b'["RS256"]'),
    "a header without an algorithm": lambda g: raw(g, b'{"typ":"JWT","kid":"key-0"}'),
    "an algorithm that is a list": lambda g: raw(g, b'{"alg":["RS256"],"typ":"JWT","kid":"key-0"}'),
    "more than eight kilobytes": lambda g: g.issuer.sign(padding="x" * 8192),
    "a hundred kilobytes": lambda g: "a" * 50_000 + "." + "b" * 10,
    "two parts": lambda g: g.issuer.sign().rpartition(".")[0],
    "four parts": lambda g: g.issuer.sign() + ".AAAA",
    "five parts, as of an encrypted token": lambda g: ".".join(["AAAA"] * 5),
    "three empty parts": lambda g: "..",
    "half a signature": lambda g: cut(g.issuer.sign(), -100),
    "a signature cut by a character": lambda g: cut(g.issuer.sign(), -1),
    "padded": lambda g: g.issuer.sign() + "==",
    "of our form, but nobody's": lambda g: "mk_zzzzzzzz_" + "a" * 32,
    "our prefix with another secret": lambda g: g.good.secret[:12] + "a" * 32,
    "our secret with another prefix": lambda g: "mk_zzzzzzzz" + g.good.secret[11:],
    "ours, in capitals": lambda g: g.good.secret.upper(),
    "ours, cut by a character": lambda g: g.good.secret[:-1],
    "ours, a character too long": lambda g: g.good.secret + "a",
    "ours, revoked": lambda g: g.revoked.secret,
    "ours, expired": lambda g: g.expired.secret,
    "our digest instead of the secret": lambda g: digest(g.good.secret),
    "the id of one of ours": lambda g: "Token-1",
}
LINES: dict[str, Callable[[Gate], tuple[bytes, ...]]] = {
    "no header": lambda g: (),
    "an empty header": lambda g: (b"",),
    "the scheme alone": lambda g: (b"Bearer",),
    "the scheme and blanks": lambda g: (b"Bearer   ",),
    "no scheme": lambda g: (g.good.secret.encode(),),
    "another scheme": lambda g: (b"Basic " + base64.b64encode(f"admin:{g.good.secret}".encode()),),
    "a scheme of ours": lambda g: (b"Token " + g.good.secret.encode(),),
    "two tokens": lambda g: (b"Bearer " + g.good.secret.encode() + b" " + g.good.secret.encode(),),
    "two tokens with a comma": lambda g: (b"Bearer " + g.good.secret.encode() + b", Bearer x",),
    "two headers": lambda g: (b"Bearer " + g.good.secret.encode(),) * 2,
    "a good header and a bad one": lambda g: (b"Bearer " + g.good.secret.encode(), b"Bearer x"),
    "a tab in between": lambda g: (b"Bearer\t" + g.good.secret.encode(),),
    "quotation marks": lambda g: (b'Bearer "' + g.good.secret.encode() + b'"',),
    "letters of another script": lambda g: (b"Bearer mk_" + "\u0430".encode() * 8 + b"_" + b"a" * 32,),
    "bytes that are no text": lambda g: (b"Bearer \xff\xfe\xfd",),
    "a percent sign and a null": lambda g: (b"Bearer " + g.good.secret.encode() + b"%00",),
}


def _bearer(text: str) -> tuple[bytes, ...]:
    return (b"Bearer " + text.encode(),)


ATTACKS: dict[str, Callable[[Gate], tuple[bytes, ...]]] = {
    **LINES,
    **{name: (lambda g, make=make: _bearer(make(g))) for name, make in TEXTS.items()},
    **{name: (lambda g, more=more: _bearer(g.issuer.sign(**more))) for name, more in CLAIMS.items()},
    **{name: (lambda g, more=more: _bearer(g.issuer.sign(header=more))) for name, more in HEADERS.items()},
}


def test_there_are_at_least_sixty_attacks() -> None:
    assert len(ATTACKS) == len(LINES) + len(TEXTS) + len(CLAIMS) + len(HEADERS)
    assert len(ATTACKS) >= 60


@pytest.mark.parametrize("name", ATTACKS)
def test_a_wrong_token_is_answered_like_every_other(gate: Gate, name: str) -> None:
    status, body, challenge = gate.knock(*ATTACKS[name](gate))
    assert (status, challenge) == (401, "Bearer")
    assert body == gate.knock()[1]


@pytest.mark.parametrize("body", [b"", b"not JSON", b'{"query": "{"}', b'{"query": "{ __schema { types { name } } }"}'])
def test_nothing_is_read_of_a_request_before_its_sender_is_known(gate: Gate, body: bytes) -> None:
    assert gate.knock(body=body) == gate.knock()


@pytest.mark.parametrize("scheme", [b"Bearer", b"bearer", b"BEARER", b"Bearer  "])
def test_good_tokens_get_in_however_the_scheme_is_written(gate: Gate, scheme: bytes) -> None:
    cost = b'"extensions":{"cost":{"requested":2,"limit":50000}}'
    own = b'{"data":{"viewer":{"name":"Token 1"}},' + cost + b"}"
    assert gate.knock(scheme + b" " + gate.good.secret.encode())[:2] == (200, own)
    token = gate.issuer.sign(roles="mk-owner", name="Olga")
    theirs = b'{"data":{"viewer":{"name":"Olga"}},' + cost + b"}"
    assert gate.knock(scheme + b" " + token.encode())[:2] == (200, theirs)


@pytest.mark.parametrize("claims", [{"exp": MOMENT - 59}, {"iat": MOMENT + 60}, {"nbf": MOMENT + 60}])
def test_the_issuers_clock_may_be_off_by_a_minute(gate: Gate, claims: dict[str, int]) -> None:
    assert gate.knock(b"Bearer " + gate.issuer.sign(**claims).encode())[0] == 200


def test_one_of_several_audiences_may_be_ours(gate: Gate) -> None:
    assert gate.knock(b"Bearer " + gate.issuer.sign(aud=["others", AUDIENCE]).encode())[0] == 200


def test_the_log_tells_why_and_holds_no_token(
    gate: Gate, sqlite_template: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    shutil.copyfile(sqlite_template, tmp_path / "log.db")
    sent = [gate.good.secret, gate.revoked.secret, gate.issuer.sign(), gate.issuer.sign(aud="others")]
    openid = OpenIdSettings(gate.issuer.origin, AUDIENCE, ROLES)
    with serving(f"sqlite:///{tmp_path / 'log.db'}", openid=openid, test_clock=NOW) as api:
        for token in sent:
            api.as_(token).post("{ viewer { name } }")
    said = "".join(capfd.readouterr())
    reasons = [json.loads(line)["reason"] for line in said.splitlines() if "sign-in refused" in line]
    assert reasons == ["unknown token", "unknown token", "token: invalid_claim"]
    for token in sent:
        assert [part for part in re.split(r"[._]", token) if len(part) >= 8 and part in said] == []
