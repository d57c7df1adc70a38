"""The settings of one installation, from the environment."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

DEFAULT_DATABASE = "sqlite:///matchkeeper.db"
RULES_NAME = Path("rules", "transitions.yaml")
PACKAGE = Path(__file__).resolve().parent
SHIPPED_RULES = (PACKAGE / "rules" / "shipped" / RULES_NAME.name, PACKAGE.parent / RULES_NAME)
"""Where the copy that came with the program lies: inside an installed package, or in a checkout."""

PREFIX = "MATCHKEEPER_"
YES = frozenset({"1", "true", "yes", "on"})
NO = frozenset({"", "0", "false", "no", "off"})


class SettingsError(Exception):
    """A setting that cannot be used; the message says which, why, and what would do."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What can differ between installations. ``workers``: processes that serve; ``demo``: fill an empty database."""

    rules: Path
    host: str = "127.0.0.1"
    port: int = 8000
    database_url: str = field(default=DEFAULT_DATABASE, repr=False)
    workers: int = 1
    demo: bool = False

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
        }
        return {f"{PREFIX}{name}": value for name, value in values.items()}


def read_settings(environment: Mapping[str, str], folder: Path) -> Settings:
    """The settings that ``environment`` gives, and defaults elsewhere; ``folder`` is where the caller stands."""

    def given(name: str, default: str) -> str:
        return environment.get(f"{PREFIX}{name}") or default

    rules = environment.get(f"{PREFIX}RULES")
    settings = Settings(
        rules=Path(rules) if rules else _find_rules(folder),
        host=given("HOST", "127.0.0.1"),
        port=_number("PORT", given("PORT", "8000")),
        database_url=given("DATABASE_URL", DEFAULT_DATABASE),
        workers=_number("WORKERS", given("WORKERS", "1")),
        demo=_flag("DEMO", given("DEMO", "0")),
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
    if not settings.database_url.startswith(("sqlite:///", "postgresql://")):
        raise SettingsError("The database must be given as sqlite:///FILE.db or postgresql://USER:PASSWORD@HOST/NAME.")


def _number(name: str, text: str) -> int:
    if not text.isdecimal():
        raise SettingsError(f"{PREFIX}{name} must be a whole number, not '{text}'.")
    return int(text)


def _flag(name: str, text: str) -> bool:
    if text.lower() not in YES | NO:
        raise SettingsError(f"{PREFIX}{name} must be 1 or 0, not '{text}'.")
    return text.lower() in YES
