"""The shape of a rules file as a JSON Schema, for editors and for the first check.

Flat on purpose: no ``oneOf`` and no conditional properties, so that every message can point at the very
key or value that is wrong. What depends on two places at once is checked later, by name.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from server.domain.access import FieldClass, Reach
from server.domain.vocabulary import Acts

Schema = dict[str, Any]

LOWER = "^[a-z][a-z0-9_]{0,59}$"
UPPER = "^[A-Z][A-Z0-9_]{0,59}$"
DOTTED = r"^[a-z][a-z0-9_]{0,59}(\.[a-z][a-z0-9_]{0,59}){0,3}$"
PATH = r"^[A-Za-z][A-Za-z0-9_]{0,59}(\.[A-Za-z][A-Za-z0-9_]{0,59}){0,7}$"
COLOUR = "^([a-z]+(-[a-z]+){0,3}|#[0-9a-f]{6})$"


def _text(description: str, pattern: str | None = None) -> Schema:
    schema: Schema = {"type": "string", "minLength": 1, "description": description}
    return {**schema, "pattern": pattern} if pattern else schema


def _ref(name: str, description: str) -> Schema:
    return {"$ref": f"#/$defs/{name}", "description": description}


_SEES: Schema = {
    "type": "array",
    "items": {"enum": list(FieldClass)},
    "description": "how private the fields are that they see on these records; by default all of them",
}


def _map(properties: Mapping[str, Schema], required: Sequence[str] = ()) -> Schema:
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(required),
        "additionalProperties": False,
    }


def _named(item: Schema, names: str, description: str) -> Schema:
    return {
        "type": "object",
        "description": description,
        "propertyNames": {"pattern": names},
        "additionalProperties": item,
    }


def _list(item: Schema, description: str, **more: int | bool) -> Schema:
    return {"type": "array", "items": item, "description": description, **more}


_LABEL = _text("what people read")
_WORD = {"type": "string", "minLength": 1}
_ALLOW = _list(_WORD, "who may press it: keys of actors", minItems=1, uniqueItems=True)
_ROLES = _list(_WORD, "for personas of these roles only", minItems=1, uniqueItems=True)

_STATUS = _map(
    {
        "label": _LABEL,
        "short": _text("the abbreviation people use"),
        "category": _text("the kind of box in the flow chart: a key of categories"),
        "description": _text("what it means that a record is in this status"),
        "for": _ROLES,
        "counts": {"enum": ["open"], "description": "a pair in this status takes an open place on both sides"},
        "removed": {"type": "boolean", "description": "a pair in this status was made in error and is not shown"},
    },
    ["label", "category"],
)
_MACHINE = _map(
    {
        "label": _LABEL,
        "start": _text("the status a new record begins in", UPPER),
        "statuses": {**_named(_STATUS, UPPER, "the statuses, in the order they are shown"), "minProperties": 1},
    },
    ["label", "start", "statuses"],
)
_REQUIREMENT = _map(
    {"that": _ref("condition", "what must hold"), "otherwise": _text("what people read when it does not")},
    ["that", "otherwise"],
)
_CAUTION = _map(
    {
        "when": _ref("condition", "when the warning stands; always, if left out"),
        "text": _text("what must be confirmed"),
    },
    ["text"],
)
_SOURCES: Schema = {
    "type": ["string", "array", "object"],
    "description": "the statuses it starts from: one, a list, or any with exceptions",
    "items": _WORD,
    "minItems": 1,
    "uniqueItems": True,
    "properties": {
        "any": {"const": True, "description": "from every status"},
        "except": _list(_WORD, "but not from these", minItems=1, uniqueItems=True),
    },
    "required": ["any"],
    "additionalProperties": False,
}
_EFFECT = _map(
    {
        "fire": _text("the transition that follows", LOWER),
        "subject": _text("the record it moves, as a path; left out: the record of the transition itself", PATH),
        "each": _text("the records it moves, as a path to a list", PATH),
        "where": _ref("condition", "only those of the list for which this holds"),
        "if": _ref("condition", "only when this holds"),
        "with": _named(_WORD, LOWER, "the role of the persona it creates, and answers handed on"),
    },
    ["fire"],
)
_EFFECTS = _list(_EFFECT, "what follows, in this order, as part of the same change", minItems=1)
_TRANSITION = _map(
    {
        "machine": _text("the machine it moves: a key of machines", LOWER),
        "label": _text("the text on the button"),
        "help": _text("when to press it, in plain words"),
        "from": _SOURCES,
        "to": _text("the status it leads to", UPPER),
        "creates": {"enum": ["persona", "pair"], "description": "it makes a new record instead of moving one"},
        "for": _ROLES,
        "allow": _ALLOW,
        "automatic": _map({"on_event": _text("the event that carries it out", DOTTED)}, ["on_event"]),
        "require": _named(_REQUIREMENT, UPPER, "the situation it needs; each under a stable code"),
        "ask": _list(
            _text("an input; with ! the answer is required", "^[a-z][a-z0-9_]{0,59}!?$"),
            "the questions answered on pressing",
            minItems=1,
            uniqueItems=True,
        ),
        "warn": _named(_CAUTION, UPPER, "warnings that must be confirmed; each under a stable code"),
        "then": _EFFECTS,
        "undo": _text("the transition that takes back what this one creates", LOWER),
        "locked": {"type": "boolean", "description": "programs may not widen it"},
    },
    ["machine", "label", "to", "allow"],
)
_INPUT = _map(
    {
        "label": _text("the question"),
        "help": _text("how to answer it"),
        "type": {"enum": ["choice", "text", "date", "integer", "boolean", "reference"]},
        "choices": {**_named(_map({"label": _LABEL}, ["label"]), UPPER, "the answers it takes"), "minProperties": 1},
    },
    ["label", "type"],
)
_ACT = _map({"allow": _ALLOW})
_ACT_THEN = _map({"allow": _ALLOW, "then": _EFFECTS})
_INVARIANT = _map(
    {
        "about": {"enum": ["user", "persona", "pair"], "description": "the records it is about; users, if left out"},
        "per": {"enum": ["role"], "description": "looks at the personas of one role at a time"},
        "never": _ref("condition", "what must never be"),
        "because": _text("why"),
    },
    ["never", "because"],
)

_SECTIONS: Schema = {
    "format": {"const": 1, "description": "the version of this format"},
    "program": _text("the key of the program these rules are for", LOWER),
    "title": _text("the program's name"),
    "support_contact": _text("where people turn to with problems"),
    "categories": {
        **_map(
            {
                key: _map({"label": _LABEL, "colour": _text("a colour name or #rrggbb", COLOUR)}, ["label", "colour"])
                for key in ("STEP", "PARTICIPATING", "FINAL")
            }
        ),
        "description": "the kinds of box in the flow chart",
        "minProperties": 1,
    },
    "actors": _named(
        _map({"label": _LABEL, "scope": {"enum": list(Reach)}, "sees": _SEES}, ["label", "scope"]),
        UPPER,
        "who may press buttons, and on whose records",
    ),
    "roles": _named(
        _map(
            {
                "label": _LABEL,
                "open_pairs": {
                    "type": ["integer", "string"],
                    "pattern": "^unlimited$",
                    "minimum": 1,
                    "maximum": 1000,
                    "description": "how many open pairs a persona may have: a number or unlimited",
                },
                "site_list": {"type": "boolean", "description": "whether it is put on a mentor site list"},
                "minor": {"type": "boolean", "description": "whether these people are, as a rule, under age"},
            },
            ["label", "open_pairs"],
        ),
        UPPER,
        "whom a persona stands for",
    ),
    "acts": {
        **_map(
            {
                Acts.REGISTER_USER: {**_ACT_THEN, "required": ["allow"]},
                Acts.ADD_PERSONA: {**_ACT_THEN, "required": ["allow"]},
                Acts.PLACE_PERSONA: {**_ACT, "required": ["allow"]},
                Acts.UPDATE_USER: {**_ACT, "required": ["allow"]},
                Acts.ADD_SITE: {**_ACT, "required": ["allow"]},
                Acts.MANAGE_TOKENS: {**_ACT, "required": ["allow"]},
            }
        ),
        "description": "acts that change no status by themselves, and who may do them",
    },
    "events": _named({**_ACT, "required": ["allow"]}, DOTTED, "what other programs may tell us, and who may send it"),
    "machines": _named(_MACHINE, LOWER, "the four kinds of status"),
    "facts": _named({"$ref": "#/$defs/condition"}, LOWER, "conditions with a name"),
    "can_communicate": _list(_REQUIREMENT, "when the two of a pair may write to each other", minItems=1),
    "inputs": _named(_INPUT, LOWER, "questions that transitions ask"),
    "transitions": {**_named(_TRANSITION, LOWER, "the buttons and the automatic moves"), "minProperties": 1},
    "invariants": _named(_INVARIANT, LOWER, "what no act may ever bring about"),
}

_LISTED = {"of": _text("a path to a list of records", PATH), "where": _ref("condition", "which of them count")}
_NUMBER = {"type": "integer", "minimum": 0, "maximum": 1000}
_CONDITION: Schema = {
    "type": ["string", "object"],
    "minLength": 1,
    "minProperties": 1,
    "properties": {
        "any": _list({"$ref": "#/$defs/condition"}, "at least one of these holds", minItems=1),
        "all": _list({"$ref": "#/$defs/condition"}, "all of these hold", minItems=1),
        "not": {"$ref": "#/$defs/condition"},
        "some": _map(_LISTED, ["of"]),
        "none": _map(_LISTED, ["of"]),
        "count": _map({**_LISTED, "at_least": _NUMBER, "at_most": _NUMBER, "exactly": _NUMBER}, ["of"]),
        "been": {
            "type": "object",
            "minProperties": 1,
            "propertyNames": {"pattern": PATH},
            "additionalProperties": {"type": ["string", "array"], "items": _WORD, "minItems": 1, "minLength": 1},
        },
    },
    "propertyNames": {"pattern": PATH},
    "additionalProperties": {"$ref": "#/$defs/test"},
}

BASE: Schema = _map(
    _SECTIONS,
    ["format", "program", "title", "categories", "actors", "roles", "acts", "machines", "transitions"],
)
OVERLAY: Schema = _map(
    {
        "extends": _text("the program whose rules these change", LOWER),
        "program": _text("the key of this program, the same as the name of the file", LOWER),
        "title": _text("the program's name"),
        "support_contact": _text("where people turn to with problems"),
        "change": {"type": "object", "minProperties": 1, "description": "what is different, by path"},
        "add": {"type": "object", "minProperties": 1, "description": "what is new, by path"},
        "remove": {
            "type": "object",
            "minProperties": 1,
            "description": "what falls away, by path, with the reason",
            "additionalProperties": _map({"because": _text("why it falls away")}, ["because"]),
        },
    },
    ["extends", "program", "title"],
)
_DEFINITIONS: Schema = {
    "condition": {**_CONDITION, "description": "a map: all of it holds; a word: a fact of that name"},
    "test": {
        **_CONDITION,
        "type": ["string", "array", "object", "boolean"],
        "items": _WORD,
        "minItems": 1,
        "description": "one value, a list of which one is enough, or a condition asked of that record",
    },
}


def checked_by(shape: Schema) -> Schema:
    """The complete schema for one of :data:`BASE` and :data:`OVERLAY`."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **shape, "$defs": _DEFINITIONS}


def published() -> Schema:
    """The schema for editors, of base files and program overlays alike."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Matchkeeper rules",
        "description": "The rules of a mentoring program: statuses, transitions, questions, conditions, effects.",
        "if": {"type": "object", "required": ["extends"]},
        "then": {"$ref": "#/$defs/overlay"},
        "else": {"$ref": "#/$defs/base"},
        "$defs": {**_DEFINITIONS, "base": BASE, "overlay": OVERLAY},
    }
