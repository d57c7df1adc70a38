"""The first check: a file against the JSON Schema, each fault told at the very key or value that is wrong."""

from collections.abc import Iterator
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from server.engine.places import Place
from server.rules.diagnostics import Findings
from server.rules.nodes import Node, Scalar, Step, Table, descend, items_of, plain
from server.rules.schema import BASE, OVERLAY, checked_by
from server.rules.schema_examples import DATE, RECORD, STORY
from server.rules.schema_moved import GONE
from server.rules.schema_outcomes import TARGET
from server.rules.schema_parts import COLOUR, DOTTED, LOWER, UPPER
from server.rules.schema_time import DAYS, DURATION, TIME_OF_DAY
from server.rules.schema_values import WHOLE
from server.rules.suggestions import did_you_mean, listed, nearest, quoted

_TYPES = {
    "string": "a text",
    "array": "a list",
    "object": "a map",
    "boolean": "true or false",
    "integer": "a whole number",
}
_PATTERNS = {
    LOWER: "small letters, digits and _ (make_ready)",
    TARGET: "the key of a status in capital letters, or previous, or same",
    UPPER: "capital letters, digits and _ (MAKE_READY)",
    DOTTED: "small letters, digits and _, in parts joined by dots (application.finished)",
    WHOLE: "digits, with a - before them where it is below zero (50)",
    COLOUR: "the name of a colour (dark-blue) or six digits (#1f4e8c)",
    DURATION: "a time like P21D (days), P1M (a month) or PT36H (hours)",
    DAYS: "day, weekday, a day of the week (monday), or a list of these",
    TIME_OF_DAY: 'a time of day like "08:00"',
    DATE: "a day like 2026-09-01",
    RECORD: "a capital and small letters (Anna), with a role (Anna.mentor) or for two (Anna & Ben)",
    GONE: "a map of dropped statuses, or the word dropped if the machine itself is gone",
    STORY: "letters, digits and spaces, without dots (whoever is matched cannot leave)",
}
_AMOUNTS = {
    **dict.fromkeys(("minItems", "minLength", "minProperties"), ("empty", "is empty")),
    **dict.fromkeys(("maxItems", "maxProperties"), ("too-large", "has more than {limit} entries")),
}
_TOP = "the file"
_THING = 2
"""How many parts the path of a thing has: its section and its key."""


def check_shape(root: Node, findings: Findings, *, overlay: bool = False) -> frozenset[tuple[str, ...]]:
    """Checks a file's shape. Answers with the sections and things that have a fault, by path.

    A path has one part (a section is broken as a whole) or two (``("transitions", "close_match")``):
    what is broken is left out of the checks that follow, which then have no need to mistrust a shape.
    """
    validator = Draft202012Validator(checked_by(OVERLAY if overlay else BASE))
    broken: set[tuple[str, ...]] = set()
    for fault in validator.iter_errors(plain(root)):
        path = tuple(fault.absolute_path)
        for step in _tell(fault, path, root, findings):
            full = (*path, *step)
            broken.add(tuple(str(part) for part in full[:_THING]))
    return frozenset(broken)


def _tell(fault: ValidationError, path: tuple[Step, ...], root: Node, findings: Findings) -> Iterator[tuple[str, ...]]:
    """Tells one fault; yields what to add to its path to name what is broken (nothing, or a key below it)."""
    node, place = descend(root, path)
    if "propertyNames" in fault.absolute_schema_path:
        key = str(fault.instance)
        parent, _ = descend(root, path)
        findings.error(
            "bad-name", _key_place(parent, key), f"{quoted(key)} is no name that can stand here", _names(fault)
        )
        yield (key,)
    elif fault.validator == "additionalProperties" and isinstance(node, Table):
        yield from _unknown_keys(fault.schema, node, path, findings)
    elif fault.validator == "required":
        yield from _missing_keys(fault, place, path, findings)
    else:
        value_place = node.place if isinstance(node, Scalar) else place
        code, message, hint = _told(fault, node, path)
        findings.error(code, value_place, message, hint)
        yield ()


def _key_place(parent: Node, key: str) -> Place:
    return parent.place_of(key) if isinstance(parent, Table) else parent.place


def _names(fault: ValidationError) -> str:
    return f"a name here is written in {_PATTERNS.get(str(fault.validator_value), 'letters, digits, _ and dots')}"


def _unknown_keys(schema: Any, node: Table, path: tuple[Step, ...], findings: Findings) -> Iterator[tuple[str, ...]]:
    known = list(schema.get("properties", {}))
    for key, entry in node.entries.items():
        if key in known:
            continue
        missing = [name for name in known if name not in node.entries]
        twin = nearest(key, known)
        there = f"; {twin} is there already" if twin in node.entries else did_you_mean(key, missing)
        message = f"{_where(path)} has no key {quoted(key)}{there}"
        findings.error("unknown-key", entry.place, message, listed(known))
        yield ((key,) if len(path) < _THING else ())


def _missing_keys(
    fault: ValidationError, place: Place, path: tuple[Step, ...], findings: Findings
) -> Iterator[tuple[str, ...]]:
    # One fault for each missing key: jsonschema names the key only inside its message, so it is looked up again.
    wanted: Any = fault.validator_value
    key = next(name for name in wanted if fault.message.startswith(f"{name!r} is a required"))
    schema: Any = fault.schema
    about = schema.get("properties", {}).get(key, {}).get("description")
    findings.error("missing-key", place, f"{_where(path)} needs the key {key}", f"{key}: {about}" if about else None)
    yield (() if path else (key,))


def _told(fault: ValidationError, node: Node, path: tuple[Step, ...]) -> tuple[str, str, str | None]:
    where = _where(path)
    wanted: Any = fault.validator_value
    value = quoted(node.value) if isinstance(node, Scalar) else ""
    if fault.validator == "type":
        return _wrong_type(wanted, node, where)
    if fault.validator in {"enum", "const"}:
        known = [str(word) for word in (wanted if fault.validator == "enum" else [wanted])]
        return "unknown-value", f"{where} cannot be {value or 'this'}{did_you_mean(value, known)}", listed(known)
    if fault.validator == "pattern":
        hint = f"write {_PATTERNS[wanted]}" if wanted in _PATTERNS else None
        return "bad-name", f"{where} cannot be {value}", hint
    if fault.validator == "uniqueItems":
        return "duplicate-item", f"{where} has the same item twice{_twice(node)}", "keep one of the two"
    if fault.validator in _AMOUNTS:
        code, said = _AMOUNTS[fault.validator]
        return code, f"{where} {said.format(limit=wanted)}", None
    bound = "least" if fault.validator in {"minimum", "exclusiveMinimum"} else "most"
    return "out-of-range", f"{where} cannot be {value}", f"the {bound} is {wanted}"


def _twice(node: Node) -> str:
    """Which words a list has twice, where they are words."""
    words = [str(item.value) for item in items_of(node) if isinstance(item, Scalar)]
    again = dict.fromkeys(quoted(each) for position, each in enumerate(words) if each in words[:position])
    return f": {', '.join(again)}" if again else ""


def _wrong_type(wanted: str | list[str], node: Node, where: str) -> tuple[str, str, str | None]:
    names = [wanted] if isinstance(wanted, str) else wanted
    expected = " or ".join(_TYPES[name] for name in names)
    if isinstance(node, Scalar) and node.value is None:
        return "empty", f"{where} is empty; {expected} belongs here", None
    hint = None
    if isinstance(node, Scalar) and not isinstance(node.value, str) and "string" in names:
        hint = "put it in quotes to make it a text"
    return "wrong-type", f"{where} must be {expected}, not {_kind_of(node)}", hint


def _kind_of(node: Node) -> str:
    if isinstance(node, Scalar):
        if isinstance(node.value, bool):
            return "true or false"
        return "a text" if isinstance(node.value, str) else "a number"
    return "a map" if isinstance(node, Table) else "a list"


def _where(path: tuple[Step, ...]) -> str:
    text = _TOP
    for step in path:
        if isinstance(step, int):
            text += f"[{step + 1}]"
        else:
            text = step if text == _TOP else f"{text}.{step}"
    return quoted(text)
