"""The shape of what a rules file says about time: durations, what happens by itself, ages, the time zone."""

from typing import Any

from server.engine.automatic import WEEK
from server.rules.schema_parts import PATH

DURATION = r"^P(?=\d|T\d)(\d+Y)?(\d+M)?(\d+W)?(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+S)?)?$"
DAYS = f"^(day|weekday|{'|'.join(WEEK)})$"
TIME_OF_DAY = "^([01][0-9]|2[0-3]):[0-5][0-9]$"


def _duration(description: str) -> dict[str, Any]:
    return {"type": "string", "pattern": DURATION, "description": description}


SHIFT: dict[str, Any] = {
    "type": "object",
    "properties": {"plus": _duration("what is added"), "minus": _duration("what is taken away")},
    "minProperties": 1,
    "maxProperties": 1,
    "additionalProperties": False,
}


def _durations(description: str) -> dict[str, Any]:
    """One or several."""
    one = _duration(description)
    return {**one, "type": ["string", "array"], "items": one, "minItems": 1, "uniqueItems": True}


TIME_ZONE: dict[str, Any] = {
    "type": "string",
    "minLength": 1,
    "description": "where the program is (Europe/Vienna): its clocks and calendar count; UTC, if left out",
}

AGE: dict[str, Any] = {
    "type": "object",
    "minProperties": 1,
    "propertyNames": {"pattern": PATH},
    "additionalProperties": {
        "type": "object",
        "properties": {
            "at_least": _duration("so long or longer in its present status"),
            "less_than": _duration("not yet so long in its present status"),
        },
        "minProperties": 1,
        "additionalProperties": False,
    },
    "description": "how long the record has been in its present status of a machine",
}


def automatic(event: dict[str, Any]) -> dict[str, Any]:
    """What stands under ``automatic``; ``event`` is the shape of the name of an event."""
    return {
        "type": "object",
        "description": "how it happens by itself",
        "properties": {
            "on_event": event,
            "after": _durations("so long after the record has entered the status that it is in, or after a date"),
            "before": _durations("so long before a date"),
            "of": {"type": "string", "minLength": 1, "description": "a path to the field that holds the date"},
            "when": {"$ref": "#/$defs/condition", "description": "as soon as this holds"},
            "every": {
                "type": ["string", "array"],
                "pattern": DAYS,
                "items": {"enum": list(WEEK)},
                "minItems": 1,
                "uniqueItems": True,
                "description": "day, weekday (Monday to Friday), a day of the week or a list of them; at says when",
            },
            "at": {"type": "string", "pattern": TIME_OF_DAY, "description": "the time of day, in the time zone"},
            "late": _duration("so much later it may still happen, then no more; however late, if left out"),
        },
        "minProperties": 1,
        "additionalProperties": False,
    }
