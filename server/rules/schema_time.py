"""The shape of what a rules file says about time: durations, what happens by itself, ages, the time zone."""

from typing import Any

DURATION = r"^P(?=\d|T\d)(\d+Y)?(\d+M)?(\d+W)?(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+S)?)?$"
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

TIME_ZONE: dict[str, Any] = {
    "type": "string",
    "minLength": 1,
    "description": "where the program is (Europe/Vienna): its clocks and calendar count; UTC, if left out",
}

AGE: dict[str, Any] = {
    "type": "object",
    "minProperties": 1,
    "propertyNames": {"pattern": r"^[A-Za-z][A-Za-z0-9_]{0,59}(\.[A-Za-z][A-Za-z0-9_]{0,59}){0,7}$"},
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
            "after": _duration("so long after the record has entered the status that it is in"),
            "when": {"$ref": "#/$defs/condition", "description": "as soon as this holds"},
            "every": {"enum": ["day", "weekday"], "description": "by the calendar, at the time of day said by at"},
            "at": {"type": "string", "pattern": TIME_OF_DAY, "description": "the time of day, in the time zone"},
            "missed": {
                "enum": ["make_up", "skip"],
                "description": "what becomes of a date at which no server ran: made up, or skipped past the tolerance",
            },
            "tolerance": _duration("how late a date may be kept with missed: skip; an hour, if left out"),
        },
        "minProperties": 1,
        "additionalProperties": False,
    }
