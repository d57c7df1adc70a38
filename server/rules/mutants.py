"""Rules with one thing changed, to see whether anybody would notice."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from server.engine.places import Place
from server.engine.ruleset import Ruleset
from server.rules.compile import compile_rules
from server.rules.diagnostics import Findings
from server.rules.files import RuleFiles
from server.rules.nodes import Entry, Items, Node, Scalar, Step, Table, child, items_of, section, text_of
from server.rules.overlays import merge
from server.rules.source import read_file

_LISTS = {"allow": "the actor", "from": "the start", "ask": "the question", "then": "the effect"}
"""The lists of a transition from which single things are taken, and what these are called."""

_MAPS = {"require": "the requirement", "warn": "the warning"}
_CONDITIONS = ("if", "where")


@dataclass(frozen=True, slots=True)
class Mutation:
    """One change. ``text``: how the rules would be, to follow *never*; ``transition``: the id, if it is of one."""

    text: str
    place: Place
    root: Table
    transition: str | None = None


@dataclass(frozen=True, slots=True)
class Mutant:
    """The rules with one change."""

    mutation: Mutation
    ruleset: Ruleset


def mutations(files: RuleFiles, program: str) -> tuple[Mutation, ...]:
    """Every single change of the rules of a program that is looked at. The files must be sound."""
    root = _effective(files, program)
    if not isinstance(root, Table):
        return ()
    return (*_of_transitions(root), *_of_facts(root))


def mutant(mutation: Mutation) -> Mutant | None:
    """The rules with a change; None where the check of the file notices it."""
    ruleset = compile_rules(mutation.root, (mutation.text,), Findings(), examined=False)
    return None if ruleset is None else Mutant(mutation, ruleset)


def _effective(files: RuleFiles, program: str) -> Node | None:
    findings = Findings()
    base, overlay = read_file(files.base, findings).root, files.overlays.get(program)
    root = None if overlay is None else read_file(overlay, findings).root
    if overlay is None or not isinstance(base, Table) or not isinstance(root, Table):
        return base
    return merge(base, root, findings).root


def _of_transitions(root: Table) -> Iterator[Mutation]:
    for key, entry in section(root, "transitions").entries.items():
        path, node = ("transitions", key), entry.node
        for slot, said in _LISTS.items():
            yield from _shorter(root, (*path, slot), key, said)
        for slot, said in _MAPS.items():
            for code, kept in section(node, slot).entries.items():
                changed = without(root, (*path, slot, code))
                yield Mutation(f"{key} without {said} {code}", kept.place, changed, key)
        for index, effect in enumerate(items_of(child(node, "then"))):
            for slot in _CONDITIONS:
                if isinstance(effect, Table) and slot in effect.entries:
                    text = f"{key} with effect {index + 1} whatever its {slot} says"
                    yield Mutation(text, effect.place_of(slot), without(root, (*path, "then", index, slot)), key)
        yield from _elsewhere(root, key, node)


def _shorter(root: Table, path: tuple[str, ...], key: str, said: str) -> Iterator[Mutation]:
    """A list without one of its things; a list with one thing only is taken away."""
    items = items_of(_descended(root, path))
    for index, item in enumerate(items):
        name = f"{index + 1}" if path[-1] == "then" else _named(item)
        changed = without(root, (*path, index) if len(items) > 1 else path)
        yield Mutation(f"{key} without {said} {name}", item.place, changed, key)


def _named(item: Node) -> str:
    if isinstance(item, Table):
        return " and ".join(item.entries)
    return text_of(item).rstrip("!")


def _elsewhere(root: Table, key: str, node: Node) -> Iterator[Mutation]:
    """The transition with another status to lead to: the next of its machine."""
    to, machine = child(node, "to"), child(node, "machine")
    keys = list(section(section(section(root, "machines"), text_of(machine)), "statuses").entries) if machine else []
    if to is None or text_of(to) not in keys or len(keys) == 1:
        return
    other = keys[(keys.index(text_of(to)) + 1) % len(keys)]
    changed = put(root, ("transitions", key, "to"), Scalar(other, to.place))
    yield Mutation(f"{key} to {other} instead of {text_of(to)}", to.place, changed, key)


def _of_facts(root: Table) -> Iterator[Mutation]:
    for fact, entry in section(root, "facts").entries.items():
        for path, items in _lists(entry.node, ("facts", fact)):
            for index, item in enumerate(items.items if len(items.items) > 1 else ()):
                name = _named(item) if isinstance(item, Scalar) else f"part {index + 1}"
                yield Mutation(f"the fact {fact} without {name}", item.place, without(root, (*path, index)))


def _lists(node: Node, path: tuple[Step, ...]) -> Iterator[tuple[tuple[Step, ...], Items]]:
    if isinstance(node, Items):
        yield path, node
        for index, item in enumerate(node.items):
            yield from _lists(item, (*path, index))
    elif isinstance(node, Table):
        for key, entry in node.entries.items():
            yield from _lists(entry.node, (*path, key))


def _descended(node: Node | None, path: tuple[str, ...]) -> Node | None:
    for key in path:
        node = None if node is None else child(node, key)
    return node


def without(root: Table, path: tuple[Step, ...]) -> Table:
    """The map without what stands at a path."""
    return put(root, path, None)


def put(root: Table, path: tuple[Step, ...], node: Node | None) -> Table:
    """The map with something else at a path that is there; None: with nothing."""
    changed = _put(root, path, node)
    return changed if isinstance(changed, Table) else root


def _put(here: Node, path: tuple[Step, ...], node: Node | None) -> Node | None:
    if not path:
        return node
    step, rest = path[0], path[1:]
    if isinstance(here, Table) and isinstance(step, str):
        inner = _put(here.entries[step].node, rest, node)
        kept = {key: entry for key, entry in here.entries.items() if key != step or inner is not None}
        return replace(here, entries={k: Entry(e.place, inner) if k == step and inner else e for k, e in kept.items()})
    if isinstance(here, Items) and isinstance(step, int):
        inner = _put(here.items[step], rest, node)
        after = (inner,) if inner is not None else ()
        return replace(here, items=(*here.items[:step], *after, *here.items[step + 1 :]))
    return here
