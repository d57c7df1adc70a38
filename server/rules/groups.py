"""Groups: names for several statuses of one machine, which can stand wherever a status of it can."""

from dataclasses import dataclass

from server.rules.nodes import Node, Table, section, word, words


@dataclass(frozen=True, slots=True)
class Group:
    """Some statuses of one machine."""

    machine: str
    statuses: frozenset[str]


def groups_of(root: Node) -> dict[str, Group]:
    """The groups of a file by name, as they are written, right or wrong."""
    declared = section(root, "groups").entries
    tables = {key: entry.node for key, entry in declared.items() if isinstance(entry.node, Table)}
    return {
        key: Group(word(node, "machine") or "", frozenset(text for text, _ in words(node.get("statuses"))))
        for key, node in tables.items()
    }
