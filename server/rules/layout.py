"""Which maps of a rules file hold things with a key of their own, and which values are taken whole."""

from server.engine.places import Place
from server.rules.nodes import Node, Table

_SECTIONS = (
    "categories",
    "actors",
    "roles",
    "acts",
    "events",
    "machines",
    "groups",
    "inputs",
    "fields",
    "kinds",
    "finds",
    "numbers",
    "derived",
    "messages",
    "transitions",
    "invariants",
    "examples",
    "moved",
)
_CONTAINERS = frozenset(
    {
        (),
        ("facts",),
        *((section,) for section in _SECTIONS),
        *((section, "*") for section in _SECTIONS),
        ("machines", "*", "statuses"),
        ("machines", "*", "statuses", "*"),
        ("inputs", "*", "choices"),
        ("inputs", "*", "choices", "*"),
        ("inputs", "*", "checks"),
        ("inputs", "*", "checks", "*"),
        ("fields", "*", "choices"),
        ("fields", "*", "choices", "*"),
        ("derived", "*", "cases"),
        ("derived", "*", "cases", "*"),
        ("transitions", "*", "require"),
        ("transitions", "*", "require", "*"),
        ("transitions", "*", "warn"),
        ("transitions", "*", "warn", "*"),
    }
)
_OPTIONAL = frozenset(
    {
        "events",
        "facts",
        "fields",
        "kinds",
        "finds",
        "groups",
        "numbers",
        "derived",
        "inputs",
        "messages",
        "invariants",
        "examples",
        "moved",
        "require",
        "warn",
        "checks",
    }
)

Keys = tuple[str, ...]


def is_container(path: Keys) -> bool:
    """Whether a path names a map whose keys have paths too. Conditions and lists are values, taken whole."""
    return tuple("*" if depth % 2 else part for depth, part in enumerate(path)) in _CONTAINERS


def may_be_made(path: Keys) -> bool:
    """Whether a map that a file may leave out can be begun by adding to it."""
    return is_container(path) and path[-1] in _OPTIONAL


def places(root: Node) -> dict[str, Place]:
    """Where everything with a path stands, by dotted path."""
    found: dict[str, Place] = {}
    _collect(root, (), found)
    return found


def _collect(node: Node, path: Keys, found: dict[str, Place]) -> None:
    if not isinstance(node, Table) or not is_container(path):
        return
    for key, entry in node.entries.items():
        found[".".join((*path, key))] = entry.place
        _collect(entry.node, (*path, key), found)
