"""An issuer of the tests' own that signs real tokens and tells its keys over HTTP, and a door to try them at."""

import io
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from joserfc import jwt
from joserfc.jwk import ECKey, Key, OctKey, OKPKey, RSAKey
from joserfc.jws import JWSRegistry
from sqlalchemy import event

from server.domain.tokens import Token
from server.identity.sign_in import SignIn, open_sign_in
from server.openid_settings import OpenIdSettings
from server.store.database import Store
from server.telemetry.logs import open_log

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
AUDIENCE = "matchkeeper"
KINDS: Mapping[str, Callable[[str], Key]] = {
    "RS256": lambda kid: RSAKey.generate_key(2048, {"kid": kid, "use": "sig"}),
    "ES256": lambda kid: ECKey.generate_key("P-256", {"kid": kid}),
    "EdDSA": lambda kid: OKPKey.generate_key("Ed25519", {"kid": kid}),
    "Ed25519": lambda kid: OKPKey.generate_key("Ed25519", {"kid": kid}),
    "HS256": lambda kid: OctKey.generate_key(256, {"kid": kid}),
}
ROLES = (
    ("roles", "mk-owner", "SUPER_ADMIN"),
    ("roles", "mk-admin", "PROGRAM_ADMIN"),
    ("roles", "mk-staff", "SITE_STAFF"),
    ("roles", "mk-person", "PARTICIPANT"),
)


def a_token(**besides: Any) -> Token:
    plain = {
        "id": 1,
        "prefix": "aaaqeaye",
        "name": "Robin's token",
        "roles": ("PROGRAM_ADMIN",),
        "program_id": 1,
        "site_id": None,
        "user_id": None,
        "created_at": NOW,
        "expires_at": None,
        "last_used_at": None,
        "revoked_at": None,
    }
    return Token(**{**plain, **besides})


class AnyAlgorithm(JWSRegistry):
    """Signs with whatever it is told, and warns of nothing."""

    max_header_length = 100_000

    def get_alg(self, name: str) -> Any:
        return self.algorithms[name]

    def check_header(self, header: Any) -> None:
        pass


@dataclass
class Issuer:
    """``asked``: the paths that were asked for. ``answers`` replace what it would say at a path."""

    origin: str = ""
    keys: list[Key] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    answers: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    now: Callable[[], datetime] = lambda: NOW

    def claims(self, **besides: Any) -> dict[str, Any]:
        """The claims of a good token; None takes one away."""
        moment = int(self.now().timestamp())
        plain = {"iss": self.origin, "aud": AUDIENCE, "sub": "u-1", "iat": moment, "exp": moment + 300}
        return {name: value for name, value in {**plain, **besides}.items() if value is not None}

    def sign(self, key: Key | None = None, header: Mapping[str, Any] | None = None, **claims: Any) -> str:
        signing = key or self.keys[0]
        algorithm = {"RSA": "RS256", "EC": "ES256", "OKP": "EdDSA", "oct": "HS256"}[signing.key_type]
        given = {"alg": algorithm, "typ": "JWT", "kid": signing.kid, **(header or {})}
        shown = {name: value for name, value in given.items() if value is not None}
        registry = AnyAlgorithm(strict_check_header=False)
        return jwt.encode(shown, self.claims(**claims), signing, registry=registry, default_type=None)

    def answer(self, path: str) -> tuple[int, bytes]:
        self.asked.append(path)
        if path in self.answers:
            return self.answers[path]
        if path == "/.well-known/openid-configuration":
            return 200, json.dumps({"issuer": self.origin, "jwks_uri": f"{self.origin}/keys"}).encode()
        public = [key.as_dict(private=False) for key in self.keys if not isinstance(key, OctKey)]
        return 200, json.dumps({"keys": public}).encode()


@contextmanager
def an_issuer(*kinds: str) -> Iterator[Issuer]:
    """Serves an issuer with a key of each kind on this machine."""
    issuer = Issuer(keys=[KINDS[kind](f"key-{number}") for number, kind in enumerate(kinds or ("RS256",))])

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = issuer.answer(self.path)
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    issuer.origin = f"http://127.0.0.1:{server.server_port}"
    try:
        yield issuer
    finally:
        server.shutdown()
        server.server_close()


def a_door(store: Store, issuer: Issuer | None, lines: io.StringIO | None = None, **besides: Any) -> SignIn:
    """The door of a server that knows the issuer."""
    log = open_log(lines or io.StringIO(), colours=False)
    openid = OpenIdSettings(issuer.origin, AUDIENCE, ROLES, **besides) if issuer else None
    return open_sign_in(store, openid, log, lambda: NOW, base=lambda: "default")


@contextmanager
def counted(store: Store) -> Iterator[list[str]]:
    """The statements that a store runs in the block."""
    seen: list[str] = []

    def listen(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if statement != "BEGIN":
            seen.append(statement)

    engine = store.query_now(lambda session: session.connection.engine)
    event.listen(engine, "before_cursor_execute", listen)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", listen)
