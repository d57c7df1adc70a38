"""Guards what the base has locked: a program may narrow a locked transition, never widen it."""

from server.engine.places import Place
from server.rules.allowed import allowed
from server.rules.diagnostics import Findings
from server.rules.groups import groups_of
from server.rules.nodes import Node, Table, Tree, descend, flag, plain, section, word, words
from server.rules.overlays import first_place

_NAMED = {"facts": "the fact", "groups": "the group", "numbers": "the number", "derived": "the status"}
"""What has a name of its own and is used in conditions, by section."""

_FIXED = ("machine", "to", "cases", "restarts", "creates", "automatic", "fields", "email", "known", "locked")


def check_locks(base: Table, merged: Tree, findings: Findings) -> None:
    """Compares each locked transition of the base with what the overlay has made of it."""
    changed = section(merged.root, "transitions")
    for key, entry in section(base, "transitions").entries.items():
        if flag(entry.node, "locked") and isinstance(entry.node, Table):
            after = changed.get(key)
            if isinstance(after, Table):
                _Lock(key, base, merged, findings).compare(entry.node, after)


class _Lock:
    def __init__(self, key: str, base: Table, merged: Tree, findings: Findings) -> None:
        self._key = key
        self._base = base
        self._merged = merged
        self._findings = findings

    def compare(self, before: Table, after: Table) -> None:
        for slot in _FIXED:
            if _value(before, slot) != _value(after, slot):
                self._refuse(slot, after, f"{slot} cannot be changed")
        self._same_people(before, after)
        self._same_partners(before, after)
        machine = word(before, "machine") or ""
        every = frozenset(section(section(section(self._base, "machines"), machine), "statuses").entries)
        sources = [_sources(root, every, node) for root, node in ((self._base, before), (self._merged.root, after))]
        self._narrower("from", sources[0], sources[1], after)
        if before.get("for") is not None:
            everyone = frozenset(section(self._base, "roles").entries)
            self._narrower("for", _texts(before, "for"), _texts(after, "for") or everyone, after)
        self._kept(before, after, "require", "that")
        self._kept(before, after, "warn", "when")
        self._same_words(before)
        self._same_senders(before)

    def _same_people(self, before: Table, after: Table) -> None:
        """No more actors; and of whom something must hold, the same must: what is narrower cannot be told."""
        was, now = ({each.key: each for each in allowed(node.get("allow"))} for node in (before, after))
        self._narrower("allow", frozenset(was), frozenset(now), after)
        for key in was.keys() & now.keys():
            if was[key].condition is not None and was[key].says != now[key].says:
                self._tell(now[key].place, f"the condition on {key} in allow cannot be changed")

    def _same_partners(self, before: Table, after: Table) -> None:
        """Whom one can name unseen stays as it is, or nobody any more."""
        if after.get("partners") is not None and _value(before, "partners") != _value(after, "partners"):
            self._tell(after.place_of("partners"), "partners cannot be changed")

    def _narrower(self, slot: str, before: frozenset[str], after: frozenset[str], node: Table) -> None:
        more = ", ".join(sorted(after - before))
        if more:
            self._refuse(slot, node, f"{slot} cannot be widened by {more}")

    def _kept(self, before: Table, after: Table, slot: str, condition: str) -> None:
        kept = section(after, slot)
        for code, entry in section(before, slot).entries.items():
            now = kept.get(code)
            if now is None:
                self._refuse(f"{slot}.{code}", after, f"{slot}.{code} cannot be dropped")
            elif _value(entry.node, condition) != _value(now, condition):
                place = now.place_of(condition) if isinstance(now, Table) else now.place
                self._tell(place, f"{slot}.{code}.{condition} cannot be changed")

    def _same_words(self, before: Table) -> None:
        """What it needs by name means the same: facts, groups, and the numbers and statuses that are worked out."""
        slots = ("require", "warn", "automatic", "allow", "partners", "cases", "from")
        needed = _words_in([before.get(slot) for slot in slots], self._base)
        for name, word_ in sorted(needed):
            old, now = section(self._base, name), section(self._merged.root, name)
            if _meaning(old.get(word_)) != _meaning(now.get(word_)):
                place = first_place(self._merged.removed, f"{name}.{word_}") or _difference(old, now, word_)
                self._tell(place, f"{_NAMED[name]} {word_} it needs cannot be changed")

    def _same_senders(self, before: Table) -> None:
        event = word(before.get("automatic"), "on_event") or ""
        old, new = section(self._base, "events").get(event), section(self._merged.root, "events").get(event)
        more = ", ".join(sorted(_texts(new, "allow") - _texts(old, "allow")))
        if more and isinstance(new, Table):
            self._tell(new.place_of("allow"), f"the event {event} that starts it cannot be sent by {more} as well")

    def _refuse(self, slot: str, node: Table, what: str) -> None:
        removed = first_place(self._merged.removed, f"transitions.{self._key}.{slot}")
        self._tell(removed or descend(node, tuple(slot.split(".")))[1], what)

    def _tell(self, place: Place, what: str) -> None:
        message = f"the base locks the transition {self._key}: {what}"
        self._findings.error("locked", place, message, "a program may narrow a locked transition, not widen it")


def _value(node: Node | None, key: str) -> object:
    found = node.get(key) if isinstance(node, Table) else None
    return None if found is None else plain(found)


def _texts(node: Node | None, key: str) -> frozenset[str]:
    return frozenset(text for text, _ in words(node.get(key))) if isinstance(node, Table) else frozenset()


def _sources(root: Node, every: frozenset[str], transition: Table) -> frozenset[str]:
    """The statuses that a transition starts from, ``every`` being all there are; groups are those of ``root``."""
    node, groups = transition.get("from"), groups_of(root)
    named = node.get("except") if isinstance(node, Table) else node
    listed = [groups[text].statuses if text in groups else {text} for text, _ in words(named)]
    found = frozenset().union(*listed)
    return every - found if isinstance(node, Table) else found


def _difference(old: Table, new: Table, key: str) -> Place:
    """Where what stands under a key begins to differ."""
    before, after = old.get(key), new.get(key)
    if isinstance(before, Table) and isinstance(after, Table):
        for each in (*after.entries, *before.entries):
            if _meaning(before.get(each)) != _meaning(after.get(each)):
                return _difference(before, after, each)
    return new.place_of(key)


def _meaning(node: Node | None) -> object:
    """What is said under a name, without what people read."""
    said = None if node is None else plain(node)
    return _unlabelled(said)


def _unlabelled(said: object) -> object:
    if not isinstance(said, dict):
        return said
    return {key: _unlabelled(value) for key, value in said.items() if key not in {"label", "help"}}


def _words_in(nodes: list[Node | None], base: Table) -> frozenset[tuple[str, str]]:
    """The names, each with its section, that anything below the nodes uses, and those that these use in turn."""
    found: set[tuple[str, str]] = set()
    waiting = [plain(node) for node in nodes if node is not None]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            waiting += [*value.keys(), *value.values()]
        elif isinstance(value, list):
            waiting += value
        elif isinstance(value, str):
            word_ = value.rpartition(".")[2]
            new = {(name, word_) for name in _NAMED if word_ in section(base, name).entries} - found
            found |= new
            waiting += [plain(section(base, name).entries[word_].node) for name, _ in new]
    return frozenset(found)
