"""E-mail: messages handed to one mail server, one connection each."""

import asyncio
import smtplib
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from urllib.parse import unquote, urlsplit

from server.delivery.carriers import UndeliveredError
from server.domain.ids import MESSAGE, GlobalId
from server.domain.messages import NO_ADDRESS, Message
from server.environment import is_loopback

PATIENCE_SECONDS = 10.0
"""How long the mail server has for each of its answers."""

_REFUSED_FOR_GOOD = 500
_PORTS = {"smtp": smtplib.SMTP_PORT, "smtps": smtplib.SMTP_SSL_PORT}


class Mail:
    """Hands messages to the mail server of an address such as ``smtp://user:password@host:587``.

    The line is always encrypted: from the start with ``smtps``, else by STARTTLS; only a mail server on
    this machine is spoken to openly.
    """

    def __init__(self, url: str, sender: str, *, context: ssl.SSLContext | None = None) -> None:
        parts = urlsplit(url)
        self._host, self._encrypted = parts.hostname or "", parts.scheme == "smtps"
        self._port = parts.port or _PORTS[parts.scheme]
        self._user, self._password = unquote(parts.username or ""), unquote(parts.password or "")
        self._sender = sender
        self._context = context or ssl.create_default_context()

    async def carry(self, message: Message) -> None:
        """See :class:`Carrier`. Taken is what the mail server has taken over; it carries it on."""
        if not message.address:
            raise UndeliveredError(NO_ADDRESS, final=True)
        letter = self._letter(message, message.address)
        await _apart(lambda: self._send(letter))

    def _letter(self, message: Message, address: str) -> EmailMessage:
        letter = EmailMessage()
        name, sender = parseaddr(self._sender)
        try:
            letter["To"] = Address(addr_spec=address)
            letter["From"] = Address(name, addr_spec=sender)
            letter["Subject"] = message.title or ""
        except (MessageError, ValueError, IndexError):
            raise UndeliveredError("the address or the title cannot be sent", final=True) from None
        number = str(GlobalId(MESSAGE, message.id))
        letter["Date"] = format_datetime(message.created_at)
        letter["Message-ID"] = f"<{number}.{message.created_at:%Y%m%d%H%M%S%f}@{sender.rpartition('@')[2]}>"
        letter["Auto-Submitted"] = "auto-generated"
        letter["Matchkeeper-Message"] = number
        letter.set_content(message.body or "")
        return letter

    def _send(self, letter: EmailMessage) -> None:
        with _explained(), self._connected() as server:
            server.send_message(letter)

    @contextmanager
    def _connected(self) -> Iterator[smtplib.SMTP]:
        if self._encrypted:
            opened: smtplib.SMTP = smtplib.SMTP_SSL(
                self._host, self._port, timeout=PATIENCE_SECONDS, context=self._context
            )
        else:
            opened = smtplib.SMTP(self._host, self._port, timeout=PATIENCE_SECONDS)
        with opened as server:
            if not self._encrypted and not is_loopback(self._host):
                server.starttls(context=self._context)
            if self._user:
                server.login(self._user, self._password)
            yield server

    async def close(self) -> None:
        """See :class:`Carrier`. Nothing is held open between messages."""


async def _apart(work: Callable[[], None]) -> None:
    """Runs work in a thread of its own, which keeps nobody from stopping the server."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[None] = loop.create_future()

    def settle(error: BaseException | None) -> None:
        if done.done():
            return
        if error is None:
            done.set_result(None)
        else:
            done.set_exception(error)

    def run() -> None:
        failure: BaseException | None = None
        try:
            work()
        except BaseException as error:
            failure = error
        with suppress(RuntimeError):  # a loop that is closed has nobody left to tell
            loop.call_soon_threadsafe(settle, failure)

    threading.Thread(target=run, name="matchkeeper-mail", daemon=True).start()
    await done


@contextmanager
def _explained() -> Iterator[None]:
    """Says in words of ours why a mail server did not take a message: its own may name the recipient."""
    try:
        yield
    except smtplib.SMTPRecipientsRefused as error:
        code = next((code for code, _ in error.recipients.values()), 0)
        raise UndeliveredError(f"the mail server refused the address ({code})", final=_for_good(code)) from None
    except smtplib.SMTPDataError as error:
        code = error.smtp_code
        raise UndeliveredError(f"the mail server refused the message ({code})", final=_for_good(code)) from None
    except smtplib.SMTPAuthenticationError as error:
        raise UndeliveredError(f"the mail server did not let us in ({error.smtp_code})") from None
    except smtplib.SMTPResponseException as error:
        raise UndeliveredError(f"the mail server answered {error.smtp_code}") from None
    except smtplib.SMTPNotSupportedError:
        raise UndeliveredError("the mail server cannot do what this needs (STARTTLS, SMTPUTF8 or AUTH)") from None
    except (smtplib.SMTPException, OSError):
        raise UndeliveredError("no connection to the mail server") from None


def _for_good(code: int) -> bool:
    return code >= _REFUSED_FOR_GOOD
