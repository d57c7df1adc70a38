"""Lays a program's overlay over the base: takes away, changes and adds by path, every word keeping its place."""

from collections.abc import Mapping
from dataclasses import dataclass

from server.engine.places import Place
from server.rules.diagnostics import Findings
from server.rules.layout import Keys, is_container, may_be_made
from server.rules.nodes import Entry, Node, Scalar, Table, Tree, section
from server.rules.suggestions import did_you_mean, listed, quoted

_OWN_KEYS = ("program", "title", "support_contact", "time_zone")


def merge(base: Table, overlay: Table, findings: Findings) -> Tree:
    """The base with the overlay laid over it. Paths that lead nowhere or are there already go to ``findings``.

    Removals come first, then changes, then additions, so that a thing can be removed and added anew.
    """
    merging = _Merge(findings)
    root = merging.take_away(base, section(overlay, "remove"))
    root = merging.change(root, section(overlay, "change"), ())
    root = merging.add(root, section(overlay, "add"), ())
    root = _with_moved(root, overlay)
    own = {key: overlay.entries[key] for key in _OWN_KEYS if key in overlay.entries}
    return Tree(Table({**root.entries, **own}, root.place), merging.removed)


@dataclass(frozen=True, slots=True)
class _Missing:
    """A path that leads nowhere: how far it went, and what is not there."""

    reached: Keys
    inside: Table | None
    rest: str


def _split(table: Table, dotted: str) -> tuple[str, str]:
    """The first key of a dotted path and the rest. Keys may hold dots themselves: the longest known one wins."""
    parts = dotted.split(".")
    for length in range(len(parts), 0, -1):
        key = ".".join(parts[:length])
        if key in table.entries:
            return key, ".".join(parts[length:])
    return parts[0], ".".join(parts[1:])


def _find(root: Table, dotted: str) -> Keys | _Missing:
    path: Keys = ()
    here: Node = root
    rest = dotted
    while rest:
        if not isinstance(here, Table) or not is_container(path):
            return _Missing(path, None, rest)
        key, after = _split(here, rest)
        if key not in here.entries:
            return _Missing(path, here, rest)
        here, path, rest = here.entries[key].node, (*path, key), after
    return path


def _with_moved(root: Table, overlay: Table) -> Table:
    """What the overlay says of where people go, beside what the base says, and before it."""
    own = overlay.entries.get("moved")
    if own is None or not isinstance(own.node, Table):
        return root
    merged = dict(section(root, "moved").entries)
    for machine, entry in own.node.entries.items():
        theirs = section(section(root, "moved"), machine).entries
        ours = entry.node.entries if isinstance(entry.node, Table) else None
        node = entry.node if ours is None else Table({**theirs, **ours}, entry.node.place)
        merged[machine] = Entry(entry.place, node)
    return Table({**root.entries, "moved": Entry(own.place, Table(merged, own.node.place))}, root.place)


def _without(table: Table, path: Keys) -> Table:
    entries = dict(table.entries)
    if len(path) == 1:
        del entries[path[0]]
    else:
        entry = entries[path[0]]
        inner = entry.node
        entries[path[0]] = Entry(entry.place, _without(inner, path[1:]) if isinstance(inner, Table) else inner)
    return Table(entries, table.place)


class _Merge:
    def __init__(self, findings: Findings) -> None:
        self._findings = findings
        self.removed: dict[str, Place] = {}

    def take_away(self, root: Table, remove: Table) -> Table:
        for dotted, entry in remove.entries.items():
            found = _find(root, dotted)
            if isinstance(found, _Missing):
                self._leads_nowhere(found, dotted, entry.place, "removed")
            elif len(found) == 1 and not may_be_made(found):
                message = f"{found[0]} cannot be removed as a whole"
                self._findings.error("not-removable", entry.place, message, "remove what is in it, by path")
            else:
                root = _without(root, found)
                self.removed[".".join(found)] = entry.place
        return root

    def change(self, target: Table, change: Table, path: Keys) -> Table:
        entries = dict(target.entries)
        for dotted, entry in change.entries.items():
            key, rest = _split(Table(entries, target.place), dotted)
            full = (*path, key)
            if key not in entries:
                self._leads_nowhere(_Missing(path, target, dotted), ".".join((*path, dotted)), entry.place, "changed")
                continue
            inner = Table({rest: entry}, entry.place) if rest else entry.node
            entries[key] = self._changed(entries[key], inner, full, entry, rest)
        return Table(entries, target.place)

    def _changed(self, old: Entry, new: Node, path: Keys, entry: Entry, rest: str) -> Entry:
        if is_container(path) and isinstance(old.node, Table):
            if isinstance(new, Table):
                return Entry(old.place, self.change(old.node, new, path))
            message = f"{'.'.join(path)} is a map: say which of its keys changes"
            self._findings.error("not-a-value", entry.place, message, listed(old.node.entries))
            return old
        if rest:
            self._leads_nowhere(_Missing(path, None, rest), f"{'.'.join(path)}.{rest}", entry.place, "changed")
            return old
        if path in {("program",), ("format",)}:
            message = f"{path[0]} cannot be changed by an overlay"
            self._findings.error("not-changeable", entry.place, message)
            return old
        return Entry(entry.place, new)

    def add(self, target: Table, add: Table, path: Keys) -> Table:
        entries = dict(target.entries)
        for dotted, entry in add.entries.items():
            key, rest = self._split_new(Table(entries, target.place), dotted, path)
            full = (*path, key)
            if key not in entries and rest:
                if not may_be_made(full):
                    missing = _Missing(path, target, dotted)
                    self._leads_nowhere(missing, ".".join((*path, dotted)), entry.place, "added to")
                    continue
                entries[key] = Entry(entry.place, Table({}, entry.place))
            inner = Table({rest: entry}, entry.place) if rest else entry.node
            added = self._added(entries.get(key), inner, full, entry)
            if added is not None:
                entries[key] = added
        return Table(entries, target.place)

    @staticmethod
    def _split_new(table: Table, dotted: str, path: Keys) -> tuple[str, str]:
        # Only the names of events hold dots, so that a new one is taken whole.
        return (dotted, "") if path == ("events",) and dotted not in table.entries else _split(table, dotted)

    def _added(self, old: Entry | None, new: Node, path: Keys, entry: Entry) -> Entry | None:
        if old is None:
            return Entry(entry.place, new)
        if is_container(path) and isinstance(old.node, Table) and isinstance(new, Table):
            return Entry(old.place, self.add(old.node, new, path))
        hint = "put it under change to say it differently"
        if not is_container(path) and isinstance(new, Table):
            hint = "conditions and lists are taken whole: put the complete new one under change"
        self._findings.error("already-there", entry.place, f"{'.'.join(path)} is there already", hint)
        return None

    def _leads_nowhere(self, missing: _Missing, dotted: str, place: Place, verb: str) -> None:
        where = ".".join(missing.reached) or "the base"
        if missing.inside is None:
            message = f"{quoted(dotted)} cannot be {verb}: {where} is a value, taken as a whole"
            self._findings.error("no-such-path", place, message, f"put all of {where} under change")
            return
        known = missing.inside.entries
        key = missing.rest.split(".", maxsplit=1)[0] if missing.rest not in known else missing.rest
        near = did_you_mean(missing.rest, known) or did_you_mean(key, known)
        message = f"{quoted(dotted)} cannot be {verb}: {where} has no {quoted(key)}{near}"
        self._findings.error("no-such-path", place, message, listed(known))


def check_heading(overlay: Table, base_program: str, stem: str, findings: Findings) -> None:
    """Checks that an overlay extends the base, and that its file is named after its program."""
    extends, program = overlay.get("extends"), overlay.get("program")
    if isinstance(extends, Scalar) and extends.value != base_program:
        message = f"there is no base program {quoted(extends.value)}; the base here is {base_program}"
        findings.error("unknown-base", extends.place, message, f"write extends: {base_program}")
    if isinstance(program, Scalar) and program.value == base_program:
        message = f"{base_program} is the key of the base program already"
        findings.error("duplicate-program", program.place, message, "choose another key, and name the file after it")
    elif isinstance(program, Scalar) and program.value != stem:
        message = f"the file of the program {quoted(program.value)} must be named {quoted(program.value)}.yaml"
        findings.error("file-name", program.place, message, f"rename the file, or write program: {stem}")


def check_base(overlay: Table, revision: str, findings: Findings) -> None:
    """Warns where the base has changed since the overlay says that it was looked over."""
    said = overlay.get("base_revision")
    if isinstance(said, Scalar) and said.value != revision:
        message = f"the base is {revision} now, and was {quoted(said.value)} when this overlay was last looked over"
        hint = f"look whether all of this is still meant, then write base_revision: {revision}"
        findings.warn("stale-base", said.place, message, hint)


def first_place(removed: Mapping[str, Place], path: str) -> Place | None:
    """Where a path, or something that holds it, was removed."""
    return next((place for gone, place in removed.items() if path == gone or path.startswith(f"{gone}.")), None)
