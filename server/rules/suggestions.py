"""How a word that is not known is told: quoted, with the known word that comes nearest."""

from collections.abc import Iterable
from difflib import get_close_matches

_LONGEST_WORD = 80
_MANY = 12
_LIKENESS = 0.65
"""From which share of common letters on a word may be meant (difflib's measure): lower, number would be user."""


def quoted(word: object) -> str:
    """The word as it can stand in a message, cut short when it is very long."""
    text = str(word)
    return text if len(text) <= _LONGEST_WORD else f"{text[:_LONGEST_WORD]}..."


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that a misspelt one most likely stands for."""
    if len(word) > _LONGEST_WORD:
        return None
    plain = word.lower().replace("-", "_")
    by_letters = {candidate.lower().replace("-", "_"): candidate for candidate in known}
    # Letters in the wrong order (form for from) are the commonest slip, and difflib ranks it low.
    swapped = [candidate for candidate in by_letters if sorted(candidate) == sorted(plain)]
    found = swapped or get_close_matches(plain, by_letters, 1, _LIKENESS)
    return by_letters[found[0]] if found else None


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The end of a message about an unknown word: ``; did you mean ...?``, or nothing when none comes near."""
    found = nearest(word, known)
    return f"; did you mean {found}?" if found else ""


def listed(known: Iterable[str]) -> str | None:
    """A hint that lists what is known; None where the list is empty."""
    names = list(known)
    if not names:
        return None
    more = f" and {len(names) - _MANY} more" if len(names) > _MANY else ""
    return f"known here: {', '.join(names[:_MANY])}{more}"
