"""The schema of one program's overlay: the paths that it can change, add to and take away, for editors to complete."""

from collections.abc import Iterator

from server.rules.nodes import Table, section
from server.rules.schema_parts import Schema

_SECTIONS = ("actors", "roles", "events", "fields", "inputs", "messages", "transitions", "invariants")
"""What overlays most often change, by the path of one thing and of one of its keys."""


def overlay_for(overlay: Schema, base: Schema, root: Table) -> Schema:
    """The shape of overlays with the paths of a base file. ``base``: the shapes of its sections; ``root``: its map."""
    paths, properties = dict(_paths(base, root)), overlay["properties"]
    new = {f"^{name}[.][^.]+$": _at(name, "additionalProperties") for name in _SECTIONS}
    gone = dict.fromkeys(paths, properties["remove"]["additionalProperties"])
    mended = {
        "change": {**properties["change"], "properties": paths},
        "add": {**properties["add"], "properties": paths, "patternProperties": new},
        "remove": {**properties["remove"], "properties": gone},
    }
    return {**overlay, "properties": {**properties, **mended}}


def _paths(base: Schema, root: Table) -> Iterator[tuple[str, Schema]]:
    for name in _SECTIONS:
        thing = base[name]["additionalProperties"]
        for key in section(root, name).entries:
            yield from _things(f"{name}.{key}", thing, (name, "additionalProperties"))
    way = ("machines", "additionalProperties", "properties", "statuses", "additionalProperties")
    status = base["machines"]["additionalProperties"]["properties"]["statuses"]["additionalProperties"]
    for machine, entry in section(root, "machines").entries.items():
        for key in section(entry.node, "statuses").entries:
            yield from _things(f"machines.{machine}.statuses.{key}", status, way)


def _things(path: str, thing: Schema, way: tuple[str, ...]) -> Iterator[tuple[str, Schema]]:
    """One thing, and each of its keys. ``way``: to its shape, from the sections."""
    yield path, _at(*way)
    for slot in thing.get("properties", {}):
        yield f"{path}.{slot}", _at(*way, "properties", slot)


def _at(*way: str) -> Schema:
    """The shape that stands in the schema of the base file already."""
    return {"$ref": f"#/$defs/base/properties/{'/'.join(way)}"}
