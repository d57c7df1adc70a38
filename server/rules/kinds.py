"""Compiles the kinds of record that a file declares: what they are linked to, and that their words are free."""

from dataclasses import dataclass

from server.engine.facts import STANDING, THEIRS, Kind
from server.engine.kinds import RecordKind
from server.rules.circles import circles
from server.rules.diagnostics import Findings
from server.rules.names import Lookup, Names
from server.rules.nodes import Entry, Table, section, word, words
from server.rules.schema import CONDITION_WORDS
from server.rules.typed import AUTHOR, STARTS, is_reserved


@dataclass(frozen=True, slots=True)
class Kinds:
    """Compiles the section ``kinds`` of one file."""

    root: Table
    names: Names
    findings: Findings

    def compile(self, things: list[tuple[str, Table]]) -> dict[str, RecordKind]:
        """The kinds that have the right shape, in the order of the file."""
        declared = section(self.root, "kinds").entries
        for key, entry in declared.items():
            self._check_key(key, entry)
            self._check_links(key, entry)
        for circle in circles(
            {key: set(links.values()) & self.names.kinds.keys() for key, links in self.names.kinds.items()}
        ):
            message = f"the kinds are linked to one another: {' -> '.join((*circle, circle[0]))}"
            hint = "let one of them be linked to something else: none could ever be the first"
            self.findings.error("kind-cycle", declared[circle[0]].place, message, hint)
        return {key: RecordKind(key, word(node, "label") or "", self.names.kinds[key]) for key, node in things}

    def _check_key(self, key: str, entry: Entry) -> None:
        taken = {*STANDING, *self.names.owners, *self.names.fields, *CONDITION_WORDS}
        if key in taken or is_reserved(key):
            Lookup(self.names, self.findings).taken(key, entry.place)
        if key not in self.names.owners.values():
            message = f"no machine lives on records of the kind {key}, so none could ever be made"
            self.findings.error("missing-machine", entry.place, message, f"add a machine with owner: {key}")

    def _check_links(self, key: str, entry: Entry) -> None:
        lookup = Lookup(self.names, self.findings)
        for name, link in section(entry.node, "of").entries.items():
            known = (*THEIRS, *self.names.kinds)
            leads_to = [sort for sort, place in words(link.node) if lookup.known("kind", sort, known, place)]
            taken = {
                AUTHOR,
                Kind.PROGRAM,
                *STARTS,
                *CONDITION_WORDS,
                *self.names.kinds,
                *self.names.owners,
                *self.names.fields,
            }
            if name in taken.difference(leads_to):
                lookup.taken(f"the link {name} of {key}", link.place, "choose another name")
