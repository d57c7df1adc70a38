"""Helps with a misspelt word: the nearest one, and what else is known."""

from collections.abc import Iterable
from difflib import get_close_matches


def nearest(word: str, known: Iterable[str]) -> str:
    """A sentence that says what was probably meant and what is allowed."""
    words = list(known)
    close = get_close_matches(word, words, n=1) or get_close_matches(word.upper(), words, n=1)
    meant = f"Did you mean {close[0]}? " if close else ""
    return f"{meant}Known: {', '.join(words) or 'none'}."
