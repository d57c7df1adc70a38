"""What all settings have in common: how their variables begin, what is this machine, and what cannot be used."""

PREFIX = "MATCHKEEPER_"

LOOPBACK_HOSTS = frozenset({"127.0.0.1", "localhost", "::1"})
"""The addresses, and the names, by which this machine talks to itself."""


def is_loopback(host: str) -> bool:
    """Whether ``host`` (an address or a name, without a port) is this machine talking to itself."""
    return host.strip("[]").lower() in LOOPBACK_HOSTS


class SettingsError(Exception):
    """A setting that cannot be used; the message says which, why, and what would do."""
