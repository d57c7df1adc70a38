"""Helps with a word that names nothing: the one that was probably meant, and what there is."""

from collections.abc import Iterable

from server.rules.suggestions import nearest

_LISTED = 30
"""How many words are listed at the most."""


def suggestion(word: str, known: Iterable[str]) -> str:
    """Says what was probably meant and what is allowed."""
    words = list(known)
    near = nearest(word, words)
    meant = f"Did you mean {near}? " if near else ""
    more = " and more" if len(words) > _LISTED else ""
    return f"{meant}There are: {', '.join(words[:_LISTED]) or 'none'}{more}."
