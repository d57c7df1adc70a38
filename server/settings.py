"""The settings of one installation, from the environment."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from server.delivery_settings import DeliverySettings, read_delivery
from server.environment import PREFIX, SettingsError, flag, is_loopback, whole_number
from server.http_settings import HttpSettings, read_http
from server.limit_settings import LimitSettings, read_limits
from server.openid_settings import OpenIdSettings, read_openid

DEFAULT_DATABASE = "sqlite:///matchkeeper.db"
RULES_NAME = Path("rules", "transitions.yaml")
"""The file that server and commands look for in the folder where they are called."""

PACKAGE = Path(__file__).resolve().parent
SHIPPED_RULES = (PACKAGE / "rules" / "shipped" / RULES_NAME.name, PACKAGE.parent / RULES_NAME)
"""Where the copy that came with the program lies: inside an installed package, or in a checkout."""

MOST_DAYS = 36_500


LOOPBACK_ADVICE = "Use --host 127.0.0.1"


@dataclass(frozen=True, slots=True)
class Settings:
    """What can differ between installations. ``workers``: processes that serve; ``demo``: fill an empty database.

    ``require_auth``: nobody comes in without signing in, not even on this machine. ``allowed_hosts``:
    the only names the server answers to, none meaning any. ``test_clock``: the moment at which a time
    for tests begins. ``keep_reads_days``, ``keep_notes_days``: for how long the record of reads, and notes
    and free texts, are kept; None is for ever. ``scheduler``: whether the server carries out what falls due.
    ``read_seconds``: how long one query may take on SQLite, where all others wait for it.
    ``strangers_per_minute``, ``strangers_per_address``: how often a minute people who are not signed in may do what
    rules open to them, in all and from one address; 0 closes it. ``delivery``: where messages go. ``limits``: how much
    may be asked at a time. ``http``: which web pages may ask, and by which documents.
    """

    rules: Path
    host: str = "127.0.0.1"
    port: int = 8000
    database_url: str = field(default=DEFAULT_DATABASE, repr=False)
    workers: int = 1
    demo: bool = False
    require_auth: bool = False
    openid: OpenIdSettings | None = None
    allowed_hosts: tuple[str, ...] = ()
    test_clock: datetime | None = None
    keep_reads_days: int | None = None
    keep_notes_days: int | None = None
    scheduler: bool = True
    read_seconds: int = 2
    strangers_per_minute: int = 60
    strangers_per_address: int = 10
    delivery: DeliverySettings = field(default_factory=DeliverySettings)
    limits: LimitSettings = field(default_factory=LimitSettings)
    http: HttpSettings = field(default_factory=HttpSettings)

    @property
    def signs_in(self) -> bool:
        """Whether everybody has to sign in; otherwise whoever reaches the server is its administrator."""
        return self.require_auth or self.openid is not None

    @property
    def is_local(self) -> bool:
        """Whether only this machine is served."""
        return is_loopback(self.host)

    @property
    def on_sqlite(self) -> bool:
        """Whether the embedded database is used."""
        return self.database_url.startswith("sqlite")

    @property
    def database_shown(self) -> str:
        """The database's address with its password hidden."""
        parts = urlsplit(self.database_url)
        if parts.password is None:
            return self.database_url
        return urlunsplit(parts._replace(netloc=parts.netloc.replace(f":{parts.password}@", ":***@")))

    def with_changes(self, **given: Any) -> "Settings":
        """The same settings, except for what is given and not None."""
        changed = replace(self, **{name: value for name, value in given.items() if value is not None})
        _check(changed)
        return changed

    def environment(self) -> dict[str, str]:
        """The variables from which :func:`read_settings` makes these settings again: for further processes."""
        values = {
            "HOST": self.host,
            "PORT": str(self.port),
            "DATABASE_URL": self.database_url,
            "RULES": str(self.rules),
            "WORKERS": str(self.workers),
            "DEMO": "1" if self.demo else "0",
            "READ_SECONDS": str(self.read_seconds),
            "STRANGERS_PER_MINUTE": str(self.strangers_per_minute),
            "STRANGERS_PER_ADDRESS": str(self.strangers_per_address),
            **({} if self.scheduler else {"SCHEDULER": "0"}),
            **_access_environment(self),
            **self.delivery.environment(),
            **self.limits.environment(),
            **self.http.environment(),
        }
        kept = {"KEEP_READS_DAYS": self.keep_reads_days, "KEEP_NOTES_DAYS": self.keep_notes_days}
        values |= {name: str(days) for name, days in kept.items() if days is not None}
        return {f"{PREFIX}{name}": value for name, value in values.items()}


def read_settings(environment: Mapping[str, str], folder: Path) -> Settings:
    """The settings that ``environment`` gives, and defaults elsewhere; ``folder`` is where the caller stands."""

    def given(name: str, default: str) -> str:
        return environment.get(f"{PREFIX}{name}") or default

    rules = environment.get(f"{PREFIX}RULES")
    settings = Settings(
        rules=Path(rules) if rules else _find_rules(folder),
        host=given("HOST", "127.0.0.1"),
        port=whole_number("PORT", given("PORT", "8000")),
        database_url=given("DATABASE_URL", DEFAULT_DATABASE),
        workers=whole_number("WORKERS", given("WORKERS", "1")),
        demo=flag("DEMO", given("DEMO", "0")),
        require_auth=flag("REQUIRE_AUTH", given("REQUIRE_AUTH", "0")),
        openid=read_openid(given),
        allowed_hosts=tuple(given("ALLOWED_HOSTS", "").replace(",", " ").lower().split()),
        test_clock=_moment("TEST_CLOCK", given("TEST_CLOCK", "")),
        keep_reads_days=_days("KEEP_READS_DAYS", given("KEEP_READS_DAYS", "")),
        keep_notes_days=_days("KEEP_NOTES_DAYS", given("KEEP_NOTES_DAYS", "")),
        scheduler=flag("SCHEDULER", given("SCHEDULER", "1")),
        read_seconds=whole_number("READ_SECONDS", given("READ_SECONDS", "2")),
        strangers_per_minute=whole_number("STRANGERS_PER_MINUTE", given("STRANGERS_PER_MINUTE", "60")),
        strangers_per_address=whole_number("STRANGERS_PER_ADDRESS", given("STRANGERS_PER_ADDRESS", "10")),
        delivery=read_delivery(given),
        limits=read_limits(given),
        http=read_http(given),
    )
    _check(settings)
    return settings


def _find_rules(folder: Path) -> Path:
    """The folder's own rules file, else the shipped copy."""
    candidates = (folder / RULES_NAME, *SHIPPED_RULES)
    return next((path for path in candidates if path.is_file()), candidates[0])


def _check(settings: Settings) -> None:
    if not 0 <= settings.port <= 65535:  # noqa: PLR2004 - the ports there are
        raise SettingsError(f"The port must be a number from 0 to 65535, not {settings.port}.")
    if settings.workers < 1:
        raise SettingsError(f"There must be at least one worker, not {settings.workers}.")
    if settings.read_seconds < 1:
        raise SettingsError(f"{PREFIX}READ_SECONDS must be at least 1, not {settings.read_seconds}.")
    if not settings.database_url.startswith(("sqlite:///", "postgresql://")):
        raise SettingsError("The database must be given as sqlite:///FILE.db or postgresql://USER:PASSWORD@HOST/NAME.")


def check_access(settings: Settings) -> None:
    """Refuses to serve whatever would let people in who should not be. Raises SettingsError."""
    if not settings.is_local and settings.test_clock is not None:
        raise SettingsError(f"A test clock is for this machine only, not for {settings.host}. {LOOPBACK_ADVICE}.")
    if not settings.is_local and not settings.signs_in:
        raise SettingsError(
            f"Only this machine can be served, not {settings.host}, as long as nobody has to sign in: whoever reached"
            f" the server would be its administrator. {LOOPBACK_ADVICE}, or set {PREFIX}REQUIRE_AUTH=1 and make tokens"
            f" with 'matchkeeper token create', or name an OpenID Connect issuer in {PREFIX}OIDC_ISSUER."
        )
    if settings.test_clock is not None and settings.workers > 1:
        raise SettingsError(f"A test clock is kept by one process, not by {settings.workers}: use --workers 1.")
    strange = [origin for origin in settings.http.cors_origins if not is_loopback(urlsplit(origin).hostname or "")]
    if strange and not settings.signs_in:
        raise SettingsError(
            f"Pages of {strange[0]} cannot be let in ({PREFIX}CORS_ORIGINS) while nobody has to sign in: they would"
            f" act as the administrator. Set {PREFIX}REQUIRE_AUTH=1, or leave it out."
        )
    if settings.allowed_hosts and not settings.signs_in:
        raise SettingsError(f"{PREFIX}ALLOWED_HOSTS is for servers where people sign in: set {PREFIX}REQUIRE_AUTH=1.")


def _access_environment(settings: Settings) -> dict[str, str]:
    """The variables of sign-in, without those that are not set."""
    values = {
        "REQUIRE_AUTH": "1" if settings.require_auth else "",
        "ALLOWED_HOSTS": ",".join(settings.allowed_hosts),
        "TEST_CLOCK": settings.test_clock.isoformat() if settings.test_clock else "",
    }
    if settings.openid is not None:
        values |= settings.openid.environment()
    return {name: value for name, value in values.items() if value}


def _moment(name: str, text: str) -> datetime | None:
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise SettingsError(f"{PREFIX}{name} must be a moment like 2026-01-01T00:00:00Z, not '{text}'.")
    return moment.astimezone(UTC)


def _days(name: str, text: str) -> int | None:
    if not text:
        return None
    days = whole_number(name, text)
    if not 1 <= days <= MOST_DAYS:
        raise SettingsError(f"{PREFIX}{name} must be from 1 to {MOST_DAYS} days, not {days}. Leave it out for ever.")
    return days
