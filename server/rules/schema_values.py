"""The shape of what a rules file says of values that are worked out."""

from server.rules.schema_parts import (
    HELP,
    LABEL,
    OF_RECORDS,
    PATH,
    PRIVACY,
    UPPER,
    WORD,
    Schema,
    items,
    named,
    ref,
    table,
    text,
)

WHOLE = "^-?[0-9]{1,18}$"
"""How a whole number is written where it is a key."""

_HEAD = {
    "of": OF_RECORDS,
    "label": LABEL,
    "help": HELP,
    "sees": PRIVACY,
}
_WHOLE: Schema = {"minimum": -(10**18) + 1, "maximum": 10**18 - 1}
_FORMULA: Schema = {"$ref": "#/$defs/formula"}
_SEVERAL = items(_FORMULA, "several numbers, from left to right", minItems=1)
_LIST = text("a path to a list of records", PATH)

NUMBER = table({**_HEAD, "is": ref("formula", "how it is worked out")}, ["of", "label", "is"])
DERIVED = table(
    {
        **_HEAD,
        "cases": {
            **named(
                table({"label": LABEL, "when": ref("condition", "when it is this; always, if left out")}, ["label"]),
                UPPER,
                "what it can be: the first case that holds",
            ),
            "minProperties": 1,
        },
    },
    ["of", "label", "cases"],
)
FORMULA: Schema = {
    "type": ["integer", "string", "object"],
    **_WHOLE,
    "minLength": 1,
    "description": "a whole number, the way to one, or what is worked out of others",
    "minProperties": 1,
    "properties": {
        "plus": _SEVERAL,
        "minus": _SEVERAL,
        "times": _SEVERAL,
        "sum": ref("formula", "what is added up over the records of a list"),
        "count": _LIST,
        "share": _LIST,
        "of": _LIST,
        "where": ref("condition", "which records of the list count"),
        "that": ref("condition", "which of them the share is of"),
        "steps": ref("formula", "the number that is looked up in the table"),
        "table": {
            **named({"type": "integer", **_WHOLE}, WHOLE, "from which number on what counts"),
            "minProperties": 1,
        },
        "days": items({**WORD, "type": ["string", "object"]}, "from which day to which", minItems=2, maxItems=2),
    },
    "additionalProperties": False,
}
