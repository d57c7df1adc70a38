"""The shape of ``moved``: where the people of a dropped status go."""

from server.rules.schema_parts import LOWER, UPPER, WORD, Schema, named

DROPPED = "dropped"
"""Stands in the file for a machine that is gone as a whole, so that nobody is in any status of it."""

GONE = f"^{DROPPED}$"

MOVED: Schema = named(
    {
        "type": ["object", "string"],
        "pattern": GONE,
        "minProperties": 1,
        "propertyNames": {"pattern": UPPER},
        "additionalProperties": WORD,
        "description": "by dropped status, the status where its people go; or dropped, if the machine itself is gone",
    },
    LOWER,
    "where people go who are in a status that is dropped, by machine",
)
