"""The shape of the examples of a rules file: who is there, what happens, and what is expected."""

from server.rules.schema_parts import DOTTED, LOWER, PATH, Schema, items, named, naming, ref, table, text
from server.rules.schema_time import DURATION

STORY = "^[A-Za-z0-9][A-Za-z0-9 ,'()_-]{0,99}$"
"""How an example is called. No dots: overlays name it by a path."""

PERSON = "[A-Z][a-z][A-Za-z_-]{0,28}"
FIGURE = rf"{PERSON}(\.[a-z][a-z_]{{0,28}}( [1-9])?)?"
RECORD = rf"^(([a-z][a-z0-9_]{{0,59}} of ){{0,4}}{FIGURE}( & {FIGURE})?|program|site\.[a-z0-9][a-z0-9_-]{{0,63}})$"
"""How an example names a record: ``Anna``, ``Anna.mentor 2``, ``Anna & Ben``, ``meeting of Anna``, ``site.north``."""

MOST_EXAMPLES = 200
MOST_STEPS = 60
MOST_RECORDS = 30
DATE = "^(19|20)[0-9]{2}-[0-9]{2}-[0-9]{2}$"

_WORDS: Schema = {"type": ["string", "array"], "items": {"type": "string", "minLength": 1}, "minItems": 1}
_VALUE: Schema = {"type": ["string", "integer", "boolean", "array", "null"], "items": {"type": "string"}}
_STATE: Schema = {
    "type": "object",
    "propertyNames": {"pattern": LOWER},
    "additionalProperties": {
        "type": ["string", "integer", "boolean", "array", "object"],
        "description": "a status, a field or placement; of a person also a persona (mentor: {...}) or a list of them",
    },
}
_GIVEN: Schema = {
    **named(
        _STATE,
        RECORD,
        "people, each with personas, pairs between them, program and sites, as the example begins",
    ),
    "minProperties": 1,
    "maxProperties": MOST_RECORDS,
}
_STEP: dict[str, Schema] = {
    "as": text("who does or sees it: a person of the example, or the key of an actor, who acts everywhere"),
    "does": naming("deeds", text("the transition, or the act that creates people", LOWER)),
    "sends": naming("events", text("the event that is reported", DOTTED)),
    "sets": {**named(_VALUE, LOWER, "the fields that are set by hand"), "minProperties": 1},
    "later": text("so much time passes, and what falls due happens (P21D)", DURATION),
    "upon": text("the record (Anna, Anna.mentor, Anna & Ben); for what creates a person a name for them", RECORD),
    "partner": text("the other persona, for what creates a pair, or the second link of a record", RECORD),
    "with": named(_VALUE, LOWER, "the answers; the role and the fields of what it creates"),
    "confirm": {**_WORDS, "description": "the codes of the warnings that are confirmed"},
    "refused": {**_WORDS, "description": "it is refused with exactly these codes; if left out, it goes through"},
    "may": {**_WORDS, "description": "the buttons that may be pressed now"},
    "may_not": {**_WORDS, "description": "the buttons that are blocked or not there"},
    "sees": {**_WORDS, "description": "the fields of the record that are shown"},
    "sees_no": {**_WORDS, "description": "the fields of the record that are hidden"},
    "messages": {
        **named(_WORDS, PATH, "who is told which messages by what has happened last: exactly these; {} for none"),
    },
    "expect": {
        **named(ref("condition", "what holds of this record"), RECORD, "what holds now, by record"),
        "minProperties": 1,
    },
}
EXAMPLES: dict[str, Schema] = {
    "examples": {
        **named(
            table(
                {
                    "starts": text("the day on which it begins, at 9 in the morning; 2026-01-05, if left out", DATE),
                    "given": _GIVEN,
                    "steps": items(table(_STEP), "what happens, in this order", minItems=1, maxItems=MOST_STEPS),
                    **_STEP,
                },
                ["given"],
            ),
            STORY,
            "short stories of the program, played whenever the file is loaded; one step alone needs no steps",
        ),
        "maxProperties": MOST_EXAMPLES,
    }
}
