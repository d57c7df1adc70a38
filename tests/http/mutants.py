"""Request bodies that are wrong in every way a program can get them wrong, made from ones that are right."""

import json
import random
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[A-Za-z_]\w*|\d+|\.\.\.|[^\s\w]')
ODD: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 2**31, 2**63, 2**200, 1e308, float("nan"), float("inf"), 0.1),
    *("", " ", "\0", "\ud800", "\u202e", "\U0001f600", "' OR 1=1 --", "{{", "%s%n", "../../etc/passwd", "x" * 5_000),
    *("User-1", "User-0", "User--1", "User-99999999999999999999", "Persona-1", "Match-1", "Nothing-1", "VXNlci0x", "1"),
    *("2026-01-01T00:00:00Z", "2026-13-45T99:99:99Z", "0000-00-00", "9999-12-31T23:59:59.999999999+14:00"),
    *([], [[]], {}, {"": {}}, [None], ["x"] * 200, {"key": {"key": {"key": {}}}}),
)
WORDS = (
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    ":",
    "!",
    "$",
    "@",
    "...",
    "fragment",
    "on",
    "query",
    "subscription",
    "null",
    "#",
    '"""',
)
HEADERS: tuple[dict[str, str], ...] = (
    *({}, {}, {}, {}),
    {"content-type": "text/plain"},
    {"content-type": "application/json; charset=utf-16"},
    {"content-encoding": "gzip"},
    {"accept": "application/graphql-response+json"},
    {"accept": "text/event-stream"},
    {"accept": "image/png"},
    {"authorization": "Bearer mk_wrong_token"},
    {"authorization": "Basic \x7f"},
)


def mutants(seed: int, count: int, corpus: Sequence[dict[str, Any]]) -> Iterator[tuple[bytes, dict[str, str]]]:
    """So many bodies with headers; the same seed makes the same."""
    chance = random.Random(seed)  # noqa: S311 - not for secrets
    for _ in range(count):
        body = chance.choice(corpus)
        for _ in range(chance.choice((1, 1, 1, 2, 3))):
            body = chance.choice((_another_value, _another_value, _another_text, _another_text, _without))(chance, body)
        sent = json.dumps(body).encode()
        if chance.random() < 0.25:
            sent = chance.choice(_BYTES)(chance, sent)
        yield sent, chance.choice(HEADERS)


def _another_value(chance: random.Random, body: Any) -> Any:
    """Something odd somewhere in the JSON, or around it."""
    if isinstance(body, dict) and body and chance.random() < 0.9:
        key = chance.choice(sorted(body))
        return {**body, key: _another_value(chance, body[key])}
    if isinstance(body, list) and body and chance.random() < 0.9:
        place = chance.randrange(len(body))
        return [*body[:place], _another_value(chance, body[place]), *body[place + 1 :]]
    return chance.choice(ODD)


def _another_text(chance: random.Random, body: Any) -> Any:
    """Words of the operation left out, doubled, exchanged, or others put in."""
    if not isinstance(body, dict) or not isinstance(body.get("query"), str):
        return body
    words = TOKEN.findall(body["query"]) or [""]
    place, other = chance.randrange(len(words)), chance.randrange(len(words))
    match chance.randrange(5):
        case 0:
            del words[place]
        case 1:
            words[place:place] = words[other : other + chance.choice((1, 5, 20))]
        case 2:
            words[place], words[other] = words[other], words[place]
        case 3:
            words[place] = chance.choice(WORDS)
        case _:
            words[place] = json.dumps(chance.choice(ODD))
    return {**body, "query": " ".join(words)}


def _without(chance: random.Random, body: Any) -> Any:
    """One entry less."""
    if not isinstance(body, dict) or not body:
        return body
    gone = chance.choice(sorted(body))
    return {key: value for key, value in body.items() if key != gone}


def _cut(chance: random.Random, sent: bytes) -> bytes:
    return sent[: chance.randrange(len(sent) + 1)]


def _flipped(chance: random.Random, sent: bytes) -> bytes:
    place = chance.randrange(len(sent))
    return sent[:place] + bytes([sent[place] ^ (1 << chance.randrange(8))]) + sent[place + 1 :]


def _stuffed(chance: random.Random, sent: bytes) -> bytes:
    place = chance.randrange(len(sent))
    return sent[:place] + chance.randbytes(chance.choice((1, 4, 64))) + sent[place:]


def _nested(chance: random.Random, sent: bytes) -> bytes:
    depth = chance.choice((10, 1_000, 20_000))
    return b"[" * depth + sent + b"]" * depth


_BYTES: tuple[Callable[[random.Random, bytes], bytes], ...] = (_cut, _flipped, _flipped, _stuffed, _nested)
