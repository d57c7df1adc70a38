"""The shape of what a transition that creates a user says besides."""

from server.rules.schema_parts import LOWER, Schema, items, text

_FIELD: Schema = {"type": "string", "pattern": "^[a-z][a-z0-9_]{0,59}!?$"}

INTAKE: Schema = {
    "fields": items(
        _FIELD,
        "the fields its form has, of the user or the persona; with ! they are required",
        minItems=1,
        uniqueItems=True,
    ),
    "email": {"enum": ["optional"], "description": "nobody needs an e-mail address to come in this way"},
    "known": text("the transition by which somebody known already gains a persona of the role", LOWER),
}
