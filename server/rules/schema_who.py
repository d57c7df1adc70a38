"""The shape of what a rules file says of who may press a transition, and on whom."""

from server.rules.schema_parts import UPPER, Schema, items, ref

ALLOW_IF = items(
    {
        "type": ["string", "object"],
        "minLength": 1,
        "minProperties": 1,
        "propertyNames": {"pattern": UPPER},
        "additionalProperties": ref("condition", "what must hold for this actor to count"),
        "description": "the key of an actor, or a map from it to a condition on who presses",
    },
    "who may press it: keys of actors, each alone or with a condition",
    minItems=1,
    uniqueItems=True,
)
PARTNERS: Schema = ref("condition", "whom whoever may press it can name as the other side, also unseen")
