"""The reference of the rules file, written from its schema: every key, what it takes and means, and an example."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from server.rules.diagnostics import Findings
from server.rules.nodes import plain
from server.rules.schema import BASE, DEFINITIONS, EFFECT, OVERLAY
from server.rules.schema_parts import LOWER, UPPER, Schema
from server.rules.source import read_text

Path = tuple[str, ...]
Examples = Mapping[Path, str]

LONGEST_EXAMPLE = 90
_OWN = {LOWER: "<name>", UPPER: "<KEY>"}
_TYPES = {
    "string": "text",
    "integer": "number",
    "number": "number",
    "boolean": "`true` or `false`",
    "array": "list",
    "object": "map",
    "null": "`null`",
}
_SHARED = {"effect": EFFECT, "condition": DEFINITIONS["condition"], "formula": DEFINITIONS["formula"]}
_TITLES = {"effect": "Effects", "condition": "Conditions", "formula": "Formulas"}
_LINKS = {**{name: title.lower() for name, title in _TITLES.items()}, "test": "conditions"}
_HEAD = """# Reference: every word that can stand in a rules file

Printed by `matchkeeper rules reference` from the schema by which the files are checked, so it says neither more nor
less than the check knows. The examples are taken from files and pages that are loaded by tests. How the parts work
together is told in [the rules file](README.md).

A dot leads further in: `<name>.label` is the key `label` of what has a name of your own. `<name>` is written in small
letters (`close_match`), `<KEY>` in capitals (`ACTIVE`), `<word>` is a name or a path. `[]` is each item of a list.
A key with a star must be there.
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """A key that can stand in a file. ``path``: its place, beginning with the section or definition."""

    path: Path
    shape: Schema
    required: bool

    @property
    def is_explained_within(self) -> bool:
        """Whether it is a list or map of which the keys in it say all."""
        within = entries(self.shape, self.path)
        return self.shape.get("type") in ("object", "array") and any(map(_is_listed, within))


def entries(shape: Schema, path: Path = ()) -> Iterator[Entry]:
    """Every key of a shape, in the order of the schema, each before what stands in it."""
    for entry in _children(shape, path):
        yield entry
        yield from entries(entry.shape, entry.path)


def _children(shape: Schema, path: Path) -> Iterator[Entry]:
    required = shape.get("required", ())
    for key, inner in shape.get("properties", {}).items():
        yield Entry((*path, key), _linked(inner), key in required)
    further = shape.get("additionalProperties")
    if isinstance(further, dict):
        yield Entry((*path, _placeholder(shape)), _linked(further), required=False)
    items = shape.get("items")
    if isinstance(items, dict) and (items.get("properties") or items.get("items") or "$ref" in items):
        yield Entry((*path, "[]"), _linked(items), required=False)


def _is_listed(entry: Entry) -> bool:
    """Whether it has a row of its own: of items and names that nothing is said of, their list or map tells."""
    return bool(_meaning(entry.shape))


def _linked(shape: Schema) -> Schema:
    """What stands in several places is explained once."""
    return {"$ref": "#/$defs/effect", "description": "what follows"} if shape is EFFECT else shape


def _placeholder(shape: Schema) -> str:
    return _OWN.get(str(shape.get("propertyNames", {}).get("pattern")), "<word>")


def examples(texts: Sequence[str]) -> Examples:
    """For each place the shortest value that stands there in one of the texts (base files and overlays)."""
    found: dict[Path, str] = {}
    for document in _documents(texts):
        for part, shape in _parts(document):
            for path, value, meaning in _values(part, shape, ()):
                written = _written(value)
                if value not in (None, {}) and len(written) <= LONGEST_EXAMPLE:
                    for place in (path, _alike(path, meaning)):
                        found[place] = min(written, found.get(place, written), key=len)
    return found


def _alike(path: Path, meaning: str) -> Path:
    """The place of all keys of one name and meaning, wherever they stand."""
    return ("alike", path[-1], meaning)


def _documents(texts: Sequence[str]) -> Iterator[dict[str, Any]]:
    for text in texts:
        root = read_text(text, "example.yaml", Findings()).root
        document = plain(root) if root else None
        if isinstance(document, dict):
            yield document


def _parts(document: Mapping[str, Any]) -> Iterator[tuple[Any, Schema]]:
    if "extends" not in document:
        yield document, BASE
        return
    yield document, OVERLAY
    for word in ("change", "add"):
        for path, value in (document.get(word) or {}).items():
            part = value
            for key in reversed(path.split(".")):
                part = {key: part}
            yield part, BASE


def _values(value: Any, shape: Schema, path: Path) -> Iterator[tuple[Path, Any, str]]:
    """Each value in the document with the place it has in the schema, and its meaning there."""
    shape = _linked(shape)
    if "$ref" in shape:
        name = _named(shape)
        shape, path = _SHARED["condition" if name == "test" else name], ("condition" if name == "test" else name,)
    if isinstance(value, dict):
        known, further = shape.get("properties", {}), shape.get("additionalProperties")
        for key, inner in value.items():
            if key in known:
                yield from _placed(inner, known[key], (*path, key))
            elif isinstance(further, dict):
                yield from _placed(inner, further, (*path, _placeholder(shape)))
    elif isinstance(value, list) and isinstance(items := shape.get("items"), dict):
        for inner in value:
            yield from _placed(inner, items, (*path, "[]"))


def _named(shape: Schema) -> str:
    return str(shape["$ref"]).rsplit("/", 1)[1]


def _placed(value: Any, shape: Schema, path: Path) -> Iterator[tuple[Path, Any, str]]:
    yield path, value, _meaning(shape)
    yield from _values(value, shape, path)


def _written(value: Any) -> str:
    text = yaml.safe_dump(value, default_flow_style=True, width=10_000, allow_unicode=True, sort_keys=False)
    return str(text.removesuffix("\n").removesuffix("\n..."))


def reference(known: Examples) -> str:
    """The page. ``known``: an example for each place (:func:`examples`)."""
    sections = [_section(f"`{key}`", key, BASE["properties"][key], known) for key in BASE["properties"]]
    shapes = [_section(title, name, _SHARED[name], known) for name, title in _TITLES.items()]
    own = [key for key in OVERLAY["properties"] if key not in BASE["properties"]]
    overlays = [
        _section(f"`{key}` (only in the file of one program)", key, OVERLAY["properties"][key], known) for key in own
    ]
    return "\n".join([_HEAD, *sections, *overlays, *shapes])


def _section(title: str, key: str, shape: Schema, known: Examples) -> str:
    meaning = _sentence(_meaning(shape) or "what follows from a transition, or from an act")
    head = f"## {title}\n\n{meaning}{_for_example(known.get((key,)), shape)}\n"
    rows = [_row(entry, known) for entry in entries(shape, (key,)) if _is_listed(entry)]
    if not rows:
        return head
    return "\n".join([head, "| key | takes | meaning | for example |", "|---|---|---|---|", *rows, ""])


def _for_example(written: str | None, shape: Schema) -> str:
    return f" It takes: {_takes(shape)}; for example `{written}`." if written and not any(_children(shape, ())) else ""


def _row(entry: Entry, known: Examples) -> str:
    key = ".".join(entry.path[1:]).replace(".[]", "[]")
    star = " *" if entry.required else ""
    example = example_of(entry, known)
    shown = f"`{example}`" if example else ""
    cells = (f"`{key}`{star}", _takes(entry.shape), _meaning(entry.shape), shown)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def example_of(entry: Entry, known: Examples) -> str:
    """The example for a key, where need be of its like elsewhere; none for what is explained by the keys in it."""
    if entry.is_explained_within:
        return ""
    return known.get(entry.path) or known.get(_alike(entry.path, _meaning(entry.shape)), "")


def _meaning(shape: Schema) -> str:
    return str(shape.get("description", ""))


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


def _takes(shape: Schema) -> str:
    """What can be written there: one of some words, a kind of value with its limits, or what is defined elsewhere."""
    if "$ref" in shape:
        return f"[{_named(shape)}](#{_LINKS[_named(shape)]})".replace("[test]", "[condition]")
    if "const" in shape:
        return f"`{_written(shape['const'])}`"
    if "enum" in shape:
        return ", ".join(f"`{word}`" for word in shape["enum"])
    kinds = shape.get("type", "object")
    listed = [_TYPES[kind] for kind in ([kinds] if isinstance(kinds, str) else kinds)]
    return " or ".join(listed) + _limits(shape)


def _limits(shape: Schema) -> str:
    lowest, highest = shape.get("minimum"), shape.get("maximum")
    return f" ({lowest} to {highest})" if highest is not None else ""
