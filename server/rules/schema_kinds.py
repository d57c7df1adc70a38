"""The shape of the kinds of record that a file declares."""

from server.rules.schema_parts import LABEL, LOWER, Schema, named, naming, table, text

_LINKS: Schema = {
    **named(
        naming("owners", text("what it is linked to: user, persona, pair, or another kind", LOWER)),
        LOWER,
        "what its records are linked to, by names of yours: one record, or two between which they stand",
    ),
    "minProperties": 1,
    "maxProperties": 2,
}
KINDS = named(table({"label": LABEL, "of": _LINKS}, ["label", "of"]), LOWER, "further kinds of record")
