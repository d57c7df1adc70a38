"""Where messages go in tests: a receiver of webhooks that answers as told, and a mail server that keeps letters."""

import hashlib
import hmac
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller

SECRET = "a secret of sixteen or more"  # noqa: S105 - made for tests
PATIENCE_SECONDS = 60


@dataclass
class Receiver:
    """Takes webhooks. ``answers``: the statuses it gives, one after the other; then 204 for ever."""

    url: str = ""
    answers: list[int] = field(default_factory=list)
    delay: float = 0.0
    headers: list[dict[str, str]] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)

    @property
    def taken(self) -> list[dict[str, Any]]:
        return [json.loads(body) for body in self.bodies]


def is_signed(headers: dict[str, str], body: bytes, secret: str = SECRET) -> bool:
    """As a receiver in another language would look: by the parts of the header, in constant time."""
    parts = dict(part.split("=", 1) for part in headers["Matchkeeper-Signature"].split(","))
    expected = hmac.new(secret.encode(), parts["t"].encode() + b"." + body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(parts["v1"], expected)


@contextmanager
def receiving(*answers: int) -> Iterator[Receiver]:
    """A receiver on a free port of this machine."""
    receiver = Receiver(answers=list(answers))

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.headers.append(dict(self.headers))
            receiver.bodies.append(body)
            time.sleep(receiver.delay)
            self.send_response(receiver.answers.pop(0) if receiver.answers else 204)
            self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    receiver.url = f"http://127.0.0.1:{server.server_address[1]}/hook"
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@dataclass
class Mailbox:
    """Keeps letters. ``refusals``: the answers to the next recipients; then it takes everything."""

    url: str = ""
    refusals: list[str] = field(default_factory=list)
    letters: list[EmailMessage] = field(default_factory=list)

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:  # noqa: N802
        if self.refusals:
            return self.refusals.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        letter = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(letter, EmailMessage)
        letter["X-Envelope"] = ",".join(envelope.rcpt_tos)
        self.letters.append(letter)
        return "250 OK"


@contextmanager
def mailbox(*refusals: str) -> Iterator[Mailbox]:
    """A mail server on a free port of this machine."""
    box = Mailbox(refusals=list(refusals))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = Controller(box, hostname="127.0.0.1", port=port, ready_timeout=PATIENCE_SECONDS)
    controller.start()
    box.url = f"smtp://127.0.0.1:{port}"
    try:
        yield box
    finally:
        controller.stop()


def until(holds: Callable[[], bool]) -> None:
    """Waits until something holds that another thread or process brings about."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)
