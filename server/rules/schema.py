"""The shape of a rules file as a JSON Schema, for editors and for the first check.

Flat on purpose, so that messages point at the very key that is wrong; what spans two places is checked by name.
"""

from server.domain.access import Reach
from server.domain.vocabulary import Acts
from server.rules.schema_answers import ASK, INPUT
from server.rules.schema_examples import EXAMPLES
from server.rules.schema_fields import FIELD, FIELDS_SET
from server.rules.schema_intake import INTAKE
from server.rules.schema_kinds import KINDS
from server.rules.schema_memory import BEEN, DID
from server.rules.schema_messages import MESSAGES, NOTIFY
from server.rules.schema_moved import MOVED
from server.rules.schema_outcomes import EXISTING, GROUPS, QUIET, START, SUBJECT, TO, WITH, cases
from server.rules.schema_parts import (
    ALLOW,
    COLOUR,
    DIALECT,
    DOTTED,
    LABEL,
    LOWER,
    NAMES,
    PATH,
    UPPER,
    WORD,
    Schema,
    items,
    named,
    naming,
    ref,
    table,
    text,
)
from server.rules.schema_time import AGE, TIME_ZONE, automatic
from server.rules.schema_values import DERIVED, FORMULA, NUMBER
from server.rules.schema_who import ALLOW_IF, FINDS, PARTNERS, SEES

_ROLES = naming("roles", items(WORD, "for personas of these roles only", minItems=1, uniqueItems=True))

_STATUS = table(
    {
        "label": LABEL,
        "short": text("the abbreviation people use"),
        "category": naming("categories", text("the kind of box in the flow chart: a key of categories")),
        "description": text("what it means that a record is in this status"),
        "for": _ROLES,
        "counts": {"enum": ["open"], "description": "a pair in this status takes an open place on both sides"},
        "removed": {"type": "boolean", "description": "a record in this status was made in error and is not listed"},
    },
    ["label", "category"],
)
_MACHINE = table(
    {
        "label": LABEL,
        "owner": naming(
            "owners",
            text("whose status a machine of your own is: user, persona, pair, program, site, or a key of kinds", LOWER),
        ),
        "start": START,
        "statuses": {**named(_STATUS, UPPER, "the statuses, in the order they are shown"), "minProperties": 1},
    },
    ["label", "start", "statuses"],
)
_REQUIREMENT = table(
    {"that": ref("condition", "what must hold"), "otherwise": text("what people read when it does not")},
    ["that", "otherwise"],
)
_REQUIRED = named(_REQUIREMENT, UPPER, "the situation it needs; each under a stable code")
_CAUTION = table(
    {
        "when": ref("condition", "when the warning stands; always, if left out"),
        "text": text("what must be confirmed"),
    },
    ["text"],
)
_SOURCES: Schema = {
    NAMES: "sources",
    "type": ["string", "array", "object"],
    "description": "the statuses it starts from: one, a list, or any with exceptions",
    "items": WORD,
    "minItems": 1,
    "uniqueItems": True,
    "properties": {
        "any": {"const": True, "description": "from every status"},
        "except": items(WORD, "but not from these", minItems=1, uniqueItems=True),
    },
    "required": ["any"],
    "additionalProperties": False,
}
EFFECT = table(
    {
        "fire": naming("transitions", text("the transition that follows", LOWER)),
        "subject": SUBJECT,
        "each": text("the records it moves, as a path to a list", PATH),
        "where": ref("condition", "only those of the list for which this holds"),
        "if": ref("condition", "only when this holds"),
        "with": WITH,
        "set": FIELDS_SET,
        "if_empty": {"type": "boolean", "description": "only fields that hold nothing yet are set"},
        **NOTIFY,
    },
)
_EFFECTS = items(EFFECT, "what follows, in this order, as part of the same change", minItems=1)
_TRANSITION = table(
    {
        "machine": naming("machines", text("the machine it moves: a key of machines", LOWER)),
        "label": text("the text on the button"),
        "help": text("when to press it, in plain words"),
        "from": _SOURCES,
        "to": TO,
        "cases": cases(_EFFECTS),
        "restarts": {"type": "boolean", "description": "where it stays as it is, the time in the status begins anew"},
        "creates": text("it makes a new record instead of moving one: user, persona, pair, or a key of kinds", LOWER),
        "partners": PARTNERS,
        "for": _ROLES,
        "allow": ALLOW_IF,
        "automatic": automatic(naming("events", text("the event that carries it out", DOTTED))),
        "require": _REQUIRED,
        "ask": ASK,
        "warn": named(_CAUTION, UPPER, "warnings that must be confirmed; each under a stable code"),
        "then": _EFFECTS,
        "undo": naming("transitions", text("the transition that takes back what this one creates", LOWER)),
        "quiet": QUIET,
        "existing": EXISTING,
        "locked": {"type": "boolean", "description": "programs may not widen it"},
        **INTAKE,
    },
    ["machine", "label", "allow"],
)
_SCOPE: Schema = {
    "enum": list(Reach),
    "description": "on whose records: all, those of the program, of their site, their own, or none (not signed in)",
}
_ACT = table({"allow": ALLOW})
_ACT_THEN = table({"allow": ALLOW, "require": _REQUIRED, "then": _EFFECTS})
_INVARIANT = table(
    {
        "about": text(
            "the records it is about: user, persona, pair, program, site, or a key of kinds; users, if left out", LOWER
        ),
        "per": {"enum": ["role"], "description": "looks at the personas of one role at a time"},
        "never": ref("condition", "what must never be"),
        "because": text("why it must never be"),
    },
    ["never", "because"],
)

_SECTIONS: Schema = {
    "format": {"const": 1, "description": "the version of this format"},
    "program": text("the key of the program these rules are for", LOWER),
    "title": text("the program's name"),
    "support_contact": text("where people turn to with problems"),
    "time_zone": TIME_ZONE,
    "categories": {
        **table(
            {
                key: table({"label": LABEL, "colour": text("a colour name or #rrggbb", COLOUR)}, ["label", "colour"])
                for key in ("STEP", "PARTICIPATING", "FINAL")
            }
        ),
        "description": "the kinds of box in the flow chart",
        "minProperties": 1,
    },
    "actors": named(
        table({"label": LABEL, "scope": _SCOPE, "sees": SEES}, ["label", "scope"]),
        UPPER,
        "who may press buttons, and on whose records",
    ),
    "roles": named(
        table(
            {
                "label": LABEL,
                "open_pairs": {
                    "type": ["integer", "string"],
                    "pattern": LOWER,
                    "minimum": 1,
                    "maximum": 1000,
                    "description": "how many open pairs a persona may have: a number, unlimited, or a field of it",
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
        **table(
            {
                Acts.REGISTER_USER: {**_ACT_THEN, "required": ["allow"]},
                Acts.ADD_PERSONA: {**_ACT_THEN, "required": ["allow"]},
                **{act: {**_ACT, "required": ["allow"]} for act in Acts.PLAIN},
            }
        ),
        "description": "acts that change no status by themselves, and who may do them",
    },
    "events": named({**_ACT, "required": ["allow"]}, DOTTED, "what other programs may tell us, and who may send it"),
    "machines": named(_MACHINE, LOWER, "the four kinds of status, and your own"),
    "kinds": KINDS,
    "groups": GROUPS,
    "facts": named(ref("condition", "what holds where the name stands"), LOWER, "conditions with a name"),
    "can_communicate": items(_REQUIREMENT, "when the two of a pair may write to each other", minItems=1),
    "finds": FINDS,
    "fields": named(FIELD, LOWER, "what the program wants to know of each record of a kind"),
    "numbers": named(NUMBER, LOWER, "whole numbers that are worked out, with a name"),
    "derived": named(DERIVED, LOWER, "statuses that are worked out, with a name"),
    "inputs": named(INPUT, LOWER, "questions that transitions ask"),
    "transitions": {**named(_TRANSITION, LOWER, "the buttons and the automatic moves"), "minProperties": 1},
    "invariants": named(_INVARIANT, LOWER, "what no act may ever bring about"),
    "moved": MOVED,
}

_LISTED = {"of": text("a path to a list of records", PATH), "where": ref("condition", "which of them count")}
_LIMIT: Schema = {
    "type": ["integer", "string"],
    "minLength": 1,
    "minimum": 0,
    "maximum": 1000,
    "description": "a whole number, or the way to one",
}
_CONDITION: Schema = {
    NAMES: "conditions",
    "type": ["string", "object"],
    "minLength": 1,
    "minProperties": 1,
    "properties": {
        "any": items({"$ref": "#/$defs/condition"}, "at least one of these holds", minItems=1),
        "all": items({"$ref": "#/$defs/condition"}, "all of these hold", minItems=1),
        "not": ref("condition", "this does not hold"),
        "some": {**table(_LISTED, ["of"]), "description": "some record of a list; without where, any"},
        "none": {**table(_LISTED, ["of"]), "description": "no record of a list; without where, the list is empty"},
        "last": {
            **table({**_LISTED, "that": ref("condition", "what holds of the one made last")}, ["of", "that"]),
            "description": "the record of a list that was made last",
        },
        "age": AGE,
        "count": {
            **table({**_LISTED, "at_least": _LIMIT, "at_most": _LIMIT, "exactly": _LIMIT}, ["of"]),
            "description": "how many records of a list; at least, at most or exactly so many",
        },
        "been": BEEN,
        "did": DID,
    },
    "propertyNames": {"pattern": PATH},
    "additionalProperties": {"$ref": "#/$defs/test"},
}

CONDITION_WORDS = frozenset(_CONDITION["properties"])
"""The words that begin a condition, so that no path may."""

BASE: Schema = table(
    {**_SECTIONS, **MESSAGES, **EXAMPLES},
    ["format", "program", "title", "categories", "actors", "roles", "acts", "machines", "transitions"],
)
OVERLAY: Schema = table(
    {
        "extends": text("the program whose rules these change", LOWER),
        "program": text("the key of this program, the same as the name of the file", LOWER),
        "base_revision": text("the revision of the base for which this was last looked over", "^[0-9a-f]{12}$"),
        **{key: _SECTIONS[key] for key in ("title", "support_contact", "time_zone")},
        "moved": MOVED,
        "change": {"type": "object", "minProperties": 1, "description": "what is different, by path"},
        "add": {"type": "object", "minProperties": 1, "description": "what is new, by path"},
        "remove": {
            "type": "object",
            "minProperties": 1,
            "description": "what falls away, by path, with the reason",
            "additionalProperties": table({"because": text("why it falls away")}, ["because"]),
        },
    },
    ["extends", "program", "title"],
)
DEFINITIONS: Schema = {
    "formula": FORMULA,
    "condition": {**_CONDITION, "description": "a map: all of it holds; a word: a fact of that name"},
    "test": {
        **_CONDITION,
        NAMES: "tests",
        "type": ["string", "array", "object", "boolean", "integer"],
        "items": WORD,
        "minItems": 1,
        "description": "one value, a list of which one is enough, or a condition asked of that record",
    },
}


def checked_by(shape: Schema) -> Schema:
    """The complete schema for one of :data:`BASE` and :data:`OVERLAY`."""
    return {"$schema": DIALECT, **shape, "$defs": DEFINITIONS}
