"""The shape of what a rules file says of the past: statuses a record has been in, transitions it has gone through."""

from server.rules.schema_parts import LOWER, PATH, WORD, Schema
from server.rules.schema_time import DURATION

_OFTEN: Schema = {
    "within": {"type": "string", "pattern": DURATION, "description": "only what is not longer ago"},
    "at_least": {
        "type": ["integer", "string"],
        "minLength": 1,
        "minimum": 1,
        "maximum": 1000,
        "description": "so often: a whole number, or the way to one",
    },
}
_WORDS: Schema = {"type": ["string", "array"], "items": WORD, "minItems": 1, "minLength": 1}

BEEN: Schema = {
    "type": "object",
    "minProperties": 1,
    "propertyNames": {"pattern": PATH},
    "additionalProperties": {
        **_WORDS,
        "type": ["string", "array", "object"],
        "properties": {"in": {**_WORDS, "description": "one of these statuses"}, **_OFTEN},
        "additionalProperties": False,
    },
    "description": "which statuses the record has been in, by machine",
}
DID: Schema = {
    **_WORDS,
    "type": ["string", "array", "object"],
    "minProperties": 1,
    "propertyNames": {"pattern": LOWER},
    "additionalProperties": {
        "type": "object",
        "minProperties": 1,
        "properties": _OFTEN,
        "additionalProperties": False,
    },
    "description": "which transitions the record has gone through; of a list one is enough",
}
