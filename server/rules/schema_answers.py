"""The shape of what a rules file says of questions: what they are, what answers must be like, when they are asked."""

from server.rules.schema_parts import LABEL, LOWER, UPPER, WORD, Schema, items, named, naming, ref, table, text

_LIMIT: Schema = {"type": ["integer", "string", "object"], "minLength": 1, "minProperties": 1}
_LENGTH: Schema = {"type": "integer", "minimum": 0, "maximum": 2000}
_CHECK = table(
    {
        "min": {
            **_LIMIT,
            "description": "the least whole number; the first date, or today; where it is asked also a way to one",
        },
        "max": {
            **_LIMIT,
            "description": "the greatest whole number; the last date, or today; where it is asked also a way to one",
        },
        "length": {
            **_LENGTH,
            "type": ["integer", "object"],
            "description": "how many characters a text has: at most so many, or a map with at_least and at_most",
            "minProperties": 1,
            "properties": {"at_least": _LENGTH, "at_most": _LENGTH},
            "additionalProperties": False,
        },
        "pattern": text("the form of the whole text, as a regular expression"),
        "that": ref("condition", "what must hold; only where it is asked"),
        "otherwise": text("what people read when the answer is not like this"),
    },
    ["otherwise"],
)
_CHECKS: Schema = {
    **named(_CHECK, UPPER, "what an answer must be like; each under a stable code"),
    "minProperties": 1,
}
_DEFAULT: Schema = {
    "type": ["string", "integer", "boolean", "array"],
    "items": WORD,
    "minLength": 1,
    "minItems": 1,
    "description": "what counts as the answer where none is given",
}
INPUT = table(
    {
        "label": text("the question"),
        "help": text("how to answer it"),
        "type": {
            "enum": ["choice", "text", "date", "integer", "boolean", "reference"],
            "description": "what kind of answer it takes; a reference is the key of a site",
        },
        "choices": {**named(table({"label": LABEL}, ["label"]), UPPER, "the answers it takes"), "minProperties": 1},
        "several": {"type": "boolean", "description": "it takes any number of its choices"},
        "checks": _CHECKS,
        "default": _DEFAULT,
    },
    ["label", "type"],
)
ASK = naming(
    "inputs",
    items(
        {
            "type": ["string", "object"],
            "pattern": "^[a-z][a-z0-9_]{0,59}!?$",
            "minLength": 1,
            "minProperties": 1,
            "propertyNames": {"pattern": LOWER},
            "additionalProperties": table(
                {
                    "if": ref("condition", "it is asked only where this holds; earlier answers may be looked at"),
                    "required": {"type": "boolean", "description": "where it is asked, it must be answered"},
                    "default": _DEFAULT,
                    "checks": _CHECKS,
                }
            ),
            "description": "an input; with ! the answer is required; or a map from it to how it is asked",
        },
        "the questions answered on pressing",
        minItems=1,
        uniqueItems=True,
    ),
)
