"""The shape of what a rules file says of fields."""

from server.engine.values import TYPES
from server.rules.schema_parts import (
    HELP,
    LABEL,
    LOWER,
    NAMES,
    OF_RECORDS,
    PRIVACY,
    UPPER,
    WORD,
    Schema,
    items,
    named,
    naming,
    table,
)
from server.rules.schema_time import SHIFT
from server.rules.schema_who import SHOWN_TO

FIELD = table(
    {
        "of": OF_RECORDS,
        "label": LABEL,
        "help": HELP,
        "type": {"enum": list(TYPES), "description": "what it holds"},
        "choices": {**named(table({"label": LABEL}, ["label"]), UPPER, "what it may hold"), "minProperties": 1},
        "several": {"type": "boolean", "description": "it holds any number of values"},
        "unique": {"type": "boolean", "description": "no two records of the program hold the same"},
        "sees": PRIVACY,
        "shown_to": SHOWN_TO,
        "allow": naming(
            "actors", items(WORD, "who may set it by hand; nobody, if left out", minItems=1, uniqueItems=True)
        ),
    },
    ["of", "label", "type"],
)
FIELDS_SET: Schema = {
    NAMES: "fields",
    **named(
        {
            "type": ["string", "integer", "boolean", "object", "null"],
            "minLength": 1,
            "minProperties": 1,
            "description": "a value, an answer (input.key), another field (this.key), now or today; null empties it",
            "properties": {
                "plus": {"type": "integer", "description": "what is added to it"},
                "minus": {"type": "integer", "description": "what is taken from it"},
                "today": {**SHIFT, "description": "so long after or before the day of the act"},
                "now": {**SHIFT, "description": "so long after or before the act"},
            },
            "additionalProperties": False,
        },
        LOWER,
        "the fields that get other values",
    ),
    "minProperties": 1,
}
