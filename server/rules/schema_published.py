"""The schema of rules files that editors are given, for base files and program overlays alike."""

from server.rules.schema import BASE, DEFINITIONS, OVERLAY
from server.rules.schema_parts import DIALECT, Schema, nameless


def published() -> Schema:
    """The schema for the files of every program."""
    schema: Schema = nameless(complete())
    return schema


def complete() -> Schema:
    """The same, still saying of what stands in it which names of the file can stand there."""
    return {
        "$schema": DIALECT,
        "title": "Matchkeeper rules",
        "description": "The rules of a mentoring program: statuses, transitions, questions, conditions, effects.",
        "if": {"type": "object", "required": ["extends"]},
        "then": {"$ref": "#/$defs/overlay"},
        "else": {"$ref": "#/$defs/base"},
        "$defs": {**DEFINITIONS, "base": BASE, "overlay": OVERLAY},
    }
