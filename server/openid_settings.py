"""Which OpenID Connect issuer lets people in, and what its tokens say of them; from the environment."""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from server.environment import PREFIX, SettingsError, is_loopback


@dataclass(frozen=True, slots=True)
class OpenIdSettings:
    """Whose tokens let people in, beside our own.

    ``issuer``, ``audience``: what a token must say it is from and for. ``roles``: (claim, value, role),
    the last a key of the rules file's actors. ``program_claim``, ``site_claim``: the claims with their
    keys. ``user_claim``: by what people are known here (email, external_id), and the claim that has it.
    """

    issuer: str
    audience: str
    roles: tuple[tuple[str, str, str], ...] = ()
    program_claim: str | None = None
    site_claim: str | None = None
    user_claim: tuple[str, str] | None = None

    def environment(self) -> dict[str, str]:
        """The variables, without their prefix, from which :func:`read_openid` makes these settings again."""
        return {
            "OIDC_ISSUER": self.issuer,
            "OIDC_AUDIENCE": self.audience,
            "OIDC_ROLES": ",".join(f"{claim}:{value}={role}" for claim, value, role in self.roles),
            "OIDC_PROGRAM_CLAIM": self.program_claim or "",
            "OIDC_SITE_CLAIM": self.site_claim or "",
            "OIDC_USER_CLAIM": ":".join(self.user_claim or ()),
        }


def read_openid(given: Callable[[str, str], str]) -> OpenIdSettings | None:
    """What ``given(name, default)`` says of the issuer, None where none is named. Raises SettingsError."""
    issuer, audience = given("OIDC_ISSUER", ""), given("OIDC_AUDIENCE", "")
    others = ("AUDIENCE", "ROLES", "PROGRAM_CLAIM", "SITE_CLAIM", "USER_CLAIM")
    if not issuer:
        lonely = [name for name in others if given(f"OIDC_{name}", "")]
        if lonely:
            raise SettingsError(f"{PREFIX}OIDC_{lonely[0]} needs {PREFIX}OIDC_ISSUER: set it to the issuer's address.")
        return None
    _check_issuer(issuer)
    if not audience:
        raise SettingsError(
            f"{PREFIX}OIDC_AUDIENCE must say for whom tokens are made: set it to the issuer's name for us."
        )
    return OpenIdSettings(
        issuer,
        audience,
        _role_mapping(given("OIDC_ROLES", "")),
        given("OIDC_PROGRAM_CLAIM", "") or None,
        given("OIDC_SITE_CLAIM", "") or None,
        _user_claim(given("OIDC_USER_CLAIM", "")),
    )


def _check_issuer(issuer: str) -> None:
    parts = urlsplit(issuer)
    is_here = parts.scheme == "http" and is_loopback(parts.hostname or "")
    if not parts.hostname or not (parts.scheme == "https" or is_here):
        raise SettingsError(f"{PREFIX}OIDC_ISSUER must be an https address; http is for an issuer on this machine.")
    if parts.username is not None or parts.query or parts.fragment:
        raise SettingsError(f"{PREFIX}OIDC_ISSUER must be a plain address, without a password, '?' or '#'.")


def _role_mapping(text: str) -> tuple[tuple[str, str, str], ...]:
    """Entries CLAIM:VALUE=ROLE, with commas between them."""
    found = []
    for entry in filter(None, (part.strip() for part in text.split(","))):
        source, _, role = entry.rpartition("=")
        claim, _, value = source.partition(":")
        if not (claim and value and role):
            raise SettingsError(f"{PREFIX}OIDC_ROLES has entries like roles:mk-admin=PROGRAM_ADMIN, not '{entry}'.")
        found.append((claim, value, role))
    return tuple(found)


def _user_claim(text: str) -> tuple[str, str] | None:
    if not text:
        return None
    field, _, claim = text.partition(":")
    if field not in {"email", "external_id"} or not claim:
        raise SettingsError(f"{PREFIX}OIDC_USER_CLAIM is email:CLAIM or external_id:CLAIM, not '{text}'.")
    return field, claim
