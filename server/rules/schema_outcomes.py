"""The shape of what a rules file says of outcomes: where transitions lead, groups of statuses, where machines start."""

from server.rules.schema_fields import FIELDS_SET
from server.rules.schema_parts import LOWER, PATH, UPPER, WORD, Schema, items, named, naming, ref, table, text

TARGET = "^([A-Z][A-Z0-9_]{0,59}|previous|same)$"

TO = naming("goals", text("the status it leads to; previous: the one before it; same: it stays as it is", TARGET))


def cases(effects: Schema) -> Schema:
    """What stands under ``cases``; ``effects`` is the shape of a ``then``."""
    case = table(
        {"if": ref("condition", "when this is the outcome; always, if left out"), "to": TO, "then": effects}, ["to"]
    )
    return items(case, "where it leads, by case: the first that holds counts", minItems=1)


QUIET = items(WORD, "blockers that are no error: nothing changes then", minItems=1, uniqueItems=True)
EXISTING = table({"where": ref("condition", "of which record it is enough that it is there already")}, ["where"])
START: Schema = {
    "type": ["string", "array"],
    "pattern": UPPER,
    "minLength": 1,
    "minItems": 1,
    "items": table({"if": ref("condition", "of the new record"), "to": text("the status it begins in", UPPER)}, ["to"]),
    "description": "the status a new record begins in; or a list, of which the first counts whose condition holds",
}
GROUPS = named(
    table(
        {
            "machine": naming("machines", text("the machine whose statuses these are", LOWER)),
            "statuses": naming("statuses", items(WORD, "the statuses", minItems=1, uniqueItems=True)),
        },
        ["machine", "statuses"],
    ),
    LOWER,
    "names for several statuses of one machine, which can stand wherever a status of it can",
)
_ONE = table(
    {
        "of": text("a path to a list of records", PATH),
        "where": ref("condition", "which of them it can be"),
        "by": text("a field or a machine that makes the order; the order in which they were made, if left out", LOWER),
    },
    ["of"],
)
SUBJECT: Schema = {
    "type": ["string", "object"],
    "pattern": PATH,
    "minLength": 1,
    "properties": {"first": _ONE, "last": _ONE},
    "minProperties": 1,
    "maxProperties": 1,
    "additionalProperties": False,
    "description": "the record it is about, as a path, or the first or last of a list; else that of the transition",
}
WITH: Schema = {
    "type": "object",
    "propertyNames": {"pattern": LOWER},
    "properties": {"fields": {**FIELDS_SET, "description": "what the fields of the created record hold"}},
    "additionalProperties": {"type": ["string", "integer", "boolean"], "minLength": 1},
    "description": "the role of the persona it creates, answers handed on, and the fields of what it creates",
}
