"""Which web pages may ask the server, and which documents it takes; from the environment."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from server.environment import PREFIX, SettingsError, flag, is_loopback


@dataclass(frozen=True, slots=True)
class HttpSettings:
    """``cors_origins``: the web pages of other hosts that may ask; none: no other than our own.

    ``trusted_documents``: a file of operations that clients may name by their ids; ``only_trusted``: no others are
    taken.
    """

    cors_origins: tuple[str, ...] = ()
    trusted_documents: Path | None = None
    only_trusted: bool = False

    def environment(self) -> dict[str, str]:
        """The variables, without their prefix, from which :func:`read_http` makes these settings again."""
        values = {
            "CORS_ORIGINS": ",".join(self.cors_origins),
            "TRUSTED_DOCUMENTS": str(self.trusted_documents or ""),
            "ONLY_TRUSTED_DOCUMENTS": "1" if self.only_trusted else "",
        }
        return {name: value for name, value in values.items() if value}


def read_http(given: Callable[[str, str], str]) -> HttpSettings:
    """The settings; ``given`` answers with a variable or a default. Raises SettingsError."""
    origins = tuple(given("CORS_ORIGINS", "").replace(",", " ").lower().split())
    for origin in origins:
        _check_origin(origin)
    documents = given("TRUSTED_DOCUMENTS", "")
    only = flag("ONLY_TRUSTED_DOCUMENTS", given("ONLY_TRUSTED_DOCUMENTS", "0"))
    if only and not documents:
        raise SettingsError(
            f"{PREFIX}ONLY_TRUSTED_DOCUMENTS needs {PREFIX}TRUSTED_DOCUMENTS: name the file of your clients' build."
        )
    return HttpSettings(origins, Path(documents) if documents else None, only)


def _check_origin(origin: str) -> None:
    parts = urlsplit(origin)
    is_here = parts.scheme == "http" and is_loopback(parts.hostname or "")
    rest = parts.path or parts.query or parts.fragment or parts.username
    if not parts.hostname or rest or not (parts.scheme == "https" or is_here):
        raise SettingsError(
            f"{PREFIX}CORS_ORIGINS lists origins like https://app.example.org, not '{origin}'; http is for localhost."
        )
