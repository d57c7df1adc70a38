"""The shape of what a rules file says of who may press a transition and on whom, and of who sees what."""

from server.domain.access import FieldClass
from server.engine.facts import THEIRS
from server.rules.schema_parts import ALLOW, LOWER, UPPER, Schema, items, named, naming, ref, table

SEES: Schema = {
    "type": "array",
    "items": {"enum": list(FieldClass)},
    "description": "how private the fields are that they see on these records; by default all of them",
}


def _actors(counts: str, description: str) -> Schema:
    """A list of actors, each alone or with a condition."""
    shape = items(
        {
            "type": ["string", "object"],
            "minLength": 1,
            "minProperties": 1,
            "propertyNames": {"pattern": UPPER},
            "additionalProperties": ref("condition", counts),
            "description": "the key of an actor, or a map from it to a condition",
        },
        description,
        minItems=1,
        uniqueItems=True,
    )
    return naming("actors", shape)


ALLOW_IF = _actors(
    "what must hold for this actor to count", "who may press it: keys of actors, each alone or with a condition"
)
SHOWN_TO = _actors(
    "on which records this actor sees it", "who sees it whatever its class, each alone or with a condition"
)
PARTNERS: Schema = ref("condition", "whom whoever may press it can name as the other side, also unseen")
FINDS = named(
    table(
        {
            "allow": {**ALLOW, "description": "who finds them: keys of actors"},
            "of": {"enum": list(THEIRS), "description": "the kind of record"},
            "where": ref("condition", "which of them; all, if left out"),
            "sees": {**SEES, "description": "how private the fields are that they see there; public, if left out"},
        },
        ["allow", "of"],
    ),
    LOWER,
    "which records people find whom their role does not reach",
)
