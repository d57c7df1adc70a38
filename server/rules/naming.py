"""Ways to a person by way of a field that names one: whom an effect is for, or links a new record to."""

from dataclasses import replace

from server.engine.facts import Kind
from server.engine.values import USER
from server.rules.names import Names
from server.rules.typed import Typed


def named(typed: Typed, names: Names) -> Typed:
    """A path as it is, or, if it ends in a field that names one user, the same as the way to that user."""
    key = typed.path.value
    field = names.fields.get(key or "")
    if key is None or field is None or field.type != USER or field.several:
        return typed
    return Typed(replace(typed.path, links=(*typed.path.links, key), value=None), Kind.USER)
