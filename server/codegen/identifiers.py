"""Names for keys: in the manner of a language, apart from its reserved words, and each only once."""

from collections.abc import Callable, Collection, Iterable, Set

Manner = Callable[[str], str]
"""Writes a key of the rules file, such as ``close_match`` or ``application.finished``, as a name."""


def capitals(key: str) -> str:
    """``CLOSE_MATCH``."""
    return "_".join(_words(key)).upper()


def joined(key: str) -> str:
    """``CloseMatch``."""
    return "".join(word.capitalize() for word in _words(key))


def small(key: str) -> str:
    """``closeMatch``."""
    name = joined(key)
    return name[0].lower() + name[1:]


def _words(key: str) -> list[str]:
    return [word for word in key.replace(".", "_").split("_") if word]


def names_for(keys: Iterable[str], manner: Manner, reserved: Set[str]) -> tuple[str, ...]:
    """A name for each key, in order.

    A reserved word gets ``_`` at its end; the second of two that would be alike gets ``_2``, and so on.
    """
    names = list[str]()
    for key in keys:
        names.append(_free(manner(key), names, reserved))
    return tuple(names)


def _free(name: str, taken: Collection[str], reserved: Set[str]) -> str:
    candidate, number = f"{name}_" if name in reserved else name, 2
    while candidate in taken:
        candidate, number = f"{name}_{number}", number + 1
    return candidate
