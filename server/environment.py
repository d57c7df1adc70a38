"""What all settings have in common: how their variables begin, how numbers and flags are read, what is this machine."""

PREFIX = "MATCHKEEPER_"

YES = frozenset({"1", "true", "yes", "on"})
NO = frozenset({"", "0", "false", "no", "off"})
"""How variables say yes and no, in any case."""

LOOPBACK_HOSTS = frozenset({"127.0.0.1", "localhost", "::1"})
"""The addresses, and the names, by which this machine talks to itself."""


def is_loopback(host: str) -> bool:
    """Whether ``host`` (an address or a name, without a port) is this machine talking to itself."""
    return host.strip("[]").lower() in LOOPBACK_HOSTS


class SettingsError(Exception):
    """A setting that cannot be used; the message says which, why, and what would do."""


def whole_number(name: str, text: str) -> int:
    """The number that the variable ``name`` (without its prefix) holds. Raises SettingsError."""
    if not (text.isascii() and text.isdecimal()):
        raise SettingsError(f"{PREFIX}{name} must be a whole number, not '{text}'.")
    return int(text)


def flag(name: str, text: str) -> bool:
    """Whether the variable ``name`` (without its prefix) says yes. Raises SettingsError."""
    if text.lower() not in YES | NO:
        raise SettingsError(f"{PREFIX}{name} must be 1 or 0, not '{text}'.")
    return text.lower() in YES
