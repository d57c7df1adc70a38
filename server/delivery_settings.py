"""The settings of messages: where they go, and with which secrets."""

from collections.abc import Callable
from dataclasses import dataclass, field
from email.utils import parseaddr
from urllib.parse import SplitResult, urlsplit

from server.environment import PREFIX, SettingsError, is_loopback

SECRET_LENGTH = 16
"""How many characters the secret of a webhook has at least."""


@dataclass(frozen=True, slots=True)
class DeliverySettings:
    """Where messages go. What is not set is not delivered: its messages wait.

    ``webhook_url``, ``webhook_secret``: whom webhooks are posted to, and what signs them. ``smtp_url``:
    the mail server, as ``smtp://user:password@host:587`` or ``smtps://...``; ``mail_from``: the sender.
    None of them is shown anywhere: addresses of webhooks often hold a secret of their own.
    """

    webhook_url: str | None = field(default=None, repr=False)
    webhook_secret: str | None = field(default=None, repr=False)
    smtp_url: str | None = field(default=None, repr=False)
    mail_from: str | None = None

    @property
    def shown(self) -> str:
        """What people at the terminal are told: the hosts alone."""
        told = [f"webhooks to {_host(self.webhook_url)}"] if self.webhook_url else []
        told += [f"e-mail by {_host(self.smtp_url)}"] if self.smtp_url else []
        return ", ".join(told) or "none is sent: they wait until MATCHKEEPER_WEBHOOK_URL or _SMTP_URL is set"

    def environment(self) -> dict[str, str]:
        """The variables from which these settings are read again, without their prefix."""
        values = {
            "WEBHOOK_URL": self.webhook_url,
            "WEBHOOK_SECRET": self.webhook_secret,
            "SMTP_URL": self.smtp_url,
            "MAIL_FROM": self.mail_from,
        }
        return {name: value for name, value in values.items() if value}


def read_delivery(given: Callable[[str, str], str]) -> DeliverySettings:
    """The settings of messages; ``given`` answers with a variable or a default. Raises SettingsError."""
    settings = DeliverySettings(
        given("WEBHOOK_URL", "") or None,
        given("WEBHOOK_SECRET", "") or None,
        given("SMTP_URL", "") or None,
        given("MAIL_FROM", "") or None,
    )
    check_delivery(settings)
    return settings


def check_delivery(settings: DeliverySettings) -> None:
    """Refuses what cannot be delivered to, or only over an open line. Never tells a secret."""
    if (settings.webhook_url is None) is not (settings.webhook_secret is None):
        raise SettingsError(f"{PREFIX}WEBHOOK_URL and {PREFIX}WEBHOOK_SECRET belong together: set both, or neither.")
    if (settings.smtp_url is None) is not (settings.mail_from is None):
        raise SettingsError(f"{PREFIX}SMTP_URL and {PREFIX}MAIL_FROM belong together: set both, or neither.")
    if settings.webhook_url is not None:
        _check_webhook(_parts("WEBHOOK_URL", settings.webhook_url))
    if settings.webhook_secret is not None and len(settings.webhook_secret) < SECRET_LENGTH:
        raise SettingsError(f"{PREFIX}WEBHOOK_SECRET must have at least {SECRET_LENGTH} characters: make it by chance.")
    if settings.smtp_url is not None:
        _check_smtp(_parts("SMTP_URL", settings.smtp_url))
    if settings.mail_from is not None and not _is_address(settings.mail_from):
        raise SettingsError(f"{PREFIX}MAIL_FROM must be an address, such as Mentoring <mentoring@example.org>.")


def _parts(name: str, url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        if parts.hostname and (parts.port is None or parts.port > 0):
            return parts
    except ValueError:
        pass
    raise SettingsError(f"{PREFIX}{name} must be an address with a host.")


def _check_webhook(parts: SplitResult) -> None:
    is_here = parts.scheme == "http" and is_loopback(parts.hostname or "")
    if parts.scheme != "https" and not is_here:
        raise SettingsError(f"{PREFIX}WEBHOOK_URL must be an https address; http is for a receiver on this machine.")
    if parts.username is not None or parts.fragment:
        raise SettingsError(
            f"{PREFIX}WEBHOOK_URL must have no password and no '#': the receiver knows us by the signature."
        )


def _check_smtp(parts: SplitResult) -> None:
    if parts.scheme not in {"smtp", "smtps"} or parts.path.strip("/") or parts.query or parts.fragment:
        raise SettingsError(f"{PREFIX}SMTP_URL must be smtp://USER:PASSWORD@HOST:587 or smtps://USER:PASSWORD@HOST.")


def _is_address(text: str) -> bool:
    name, address = parseaddr(text)
    local, at, host = address.partition("@")
    return bool(local and at and host) and not {"\r", "\n"} & set(name + text) and " " not in address


def _host(url: str | None) -> str:
    return urlsplit(url or "").hostname or ""
