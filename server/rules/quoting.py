"""Which words are text in a rules file, but not for every other reader of YAML: they are written in quotes."""

import json

import yaml

RISKY = frozenset({"yes", "no", "on", "off", "y", "n"})
"""True or false to readers of YAML 1.1, in small letters."""

_TEXT = "tag:yaml.org,2002:str"
_RESOLVER = yaml.resolver.Resolver()


def in_quotes(word: str, *, is_text: bool) -> str:
    """The word as it is written without doubt. ``is_text``: whether it is text here, as every key is.

    Dates, 010 and 12:30 are text here, and something else to others.
    """
    if not is_text:
        return word
    tag = _RESOLVER.resolve(yaml.ScalarNode, word, (True, False))  # type: ignore[no-untyped-call]
    return word if tag == _TEXT and word.lower() not in RISKY else json.dumps(word, ensure_ascii=False)
