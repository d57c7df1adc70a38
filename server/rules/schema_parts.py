"""The parts that the shape of a rules file is put together from: names, texts, maps, lists."""

from collections.abc import Mapping, Sequence
from typing import Any

from server.domain.access import FieldClass

Schema = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
"""The version of JSON Schema that all shapes are written in."""

LOWER = "^[a-z][a-z0-9_]{0,59}$"
UPPER = "^[A-Z][A-Z0-9_]{0,59}$"
DOTTED = r"^[a-z][a-z0-9_]{0,59}(\.[a-z][a-z0-9_]{0,59}){0,3}$"
PATH = r"^[A-Za-z][A-Za-z0-9_]{0,59}(\.[A-Za-z][A-Za-z0-9_]{0,59}){0,7}$"
COLOUR = "^([a-z]+(-[a-z]+){0,3}|#[0-9a-f]{6})$"


NAMES = "x-names"
"""The word of a shape that says of which section the names are that can stand there; editors are not shown it."""


def naming(section: str, shape: Schema) -> Schema:
    """The shape of what names something of the file itself: one name, a list of names, or a map from names."""
    return {**shape, NAMES: section}


def nameless(shape: Any) -> Any:
    """The shape without what :func:`naming` has said in it."""
    if isinstance(shape, Mapping):
        return {key: nameless(value) for key, value in shape.items() if key != NAMES}
    return [nameless(each) for each in shape] if isinstance(shape, list) else shape


def text(description: str, pattern: str | None = None) -> Schema:
    """A text that is not empty."""
    schema: Schema = {"type": "string", "minLength": 1, "description": description}
    return {**schema, "pattern": pattern} if pattern else schema


def ref(name: str, description: str) -> Schema:
    """A shape that is defined once."""
    return {"$ref": f"#/$defs/{name}", "description": description}


def table(properties: Mapping[str, Schema], required: Sequence[str] = ()) -> Schema:
    """A map with these keys and no others."""
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(required),
        "additionalProperties": False,
    }


def named(item: Schema, names: str, description: str) -> Schema:
    """A map whose keys are names given by the file."""
    return {
        "type": "object",
        "description": description,
        "propertyNames": {"pattern": names},
        "additionalProperties": item,
    }


def items(item: Schema, description: str, **more: int | bool) -> Schema:
    """A list; ``more``: how many it has, whether each once."""
    return {"type": "array", "items": item, "description": description, **more}


LABEL = text("what people read")
HELP = text("what it is for, in plain words")
OF_RECORDS = naming(
    "owners", text("the records that have it: user, persona, pair, program, site, or a key of kinds", LOWER)
)
PRIVACY: Schema = {"enum": list(FieldClass), "description": "how private it is; staff, if left out"}
WORD: Schema = {"type": "string", "minLength": 1}
ALLOW = naming("actors", items(WORD, "who may press it: keys of actors", minItems=1, uniqueItems=True))
