"""What the story knows of its records, kept up from the answers of its acts."""

from collections.abc import Mapping

from server.domain.commands import Applied
from server.engine.facts import Kind, Ref
from server.services.demo.story import Where


class Ledger:
    """The records of one program with their statuses and how they hang together."""

    __slots__ = ("_links", "_pairs", "_personas", "_values")

    def __init__(self) -> None:
        self._values: dict[Ref, dict[str, str | None]] = {}
        self._links: dict[Ref, dict[str, Ref]] = {}
        self._personas: dict[Ref, list[Ref]] = {}
        self._pairs: dict[Ref, list[Ref]] = {}

    def enter(self, applied: Applied) -> None:
        """Takes down what an act made and moved."""
        creations = applied.plan.creations if applied.plan else ()
        real = dict(zip((made.ref for made in creations), applied.created, strict=True))
        for made in creations:
            links = {name.lower(): real.get(ref, ref) for name, ref in made.links.items()}
            self._add(real[made.ref], links, made.role)
        for change in applied.changes:
            self._values[Ref(change.kind, change.subject_id)][change.machine] = change.after

    def _add(self, ref: Ref, links: dict[str, Ref], role: str | None) -> None:
        self._values[ref] = {"role": role}
        self._links[ref] = links
        if ref.kind is Kind.PERSONA:
            self._personas.setdefault(links["user"], []).append(ref)
        elif ref.kind is Kind.PAIR:
            for side in links.values():
                self._pairs.setdefault(side, []).append(ref)

    def note(self, ref: Ref, name: str, value: str | None) -> None:
        """Takes down a value that is no status."""
        self._values[ref][name] = value

    def value(self, ref: Ref, path: str) -> str | None:
        """The value at a path such as ``user.user_status`` or ``mentor.role``."""
        ref, name = self._walk(ref, path)
        return self._values[ref].get(name)

    def _walk(self, ref: Ref, path: str) -> tuple[Ref, str]:
        *links, name = path.split(".")
        for link in links:
            ref = self._links[ref][link]
        return ref, name

    def reach(self, ref: Ref, kind: Kind) -> Ref:
        """The record of a kind that belongs to this one: its user, its newest persona or pair, or itself."""
        if kind is Kind.USER and ref.kind is Kind.PERSONA:
            return self._links[ref]["user"]
        theirs = self._personas if ref.kind is Kind.USER else self._pairs
        return theirs[ref][-1] if ref.kind is not kind and ref in theirs else ref

    def owner(self, ref: Ref) -> Ref:
        """The user whose record this is; of a pair its first side's."""
        if ref.kind is Kind.PAIR:
            ref = next(iter(self._links[ref].values()))
        return self.reach(ref, Kind.USER)

    def found(self, kind: str, where: Where) -> list[Ref]:
        """The records of a kind that are as wanted, in the order they were made."""
        return [ref for ref in self._values if ref.kind == kind and self.meets(ref, where)]

    def meets(self, ref: Ref, where: Where) -> bool:
        """Whether a record is as wanted."""
        return all(self._holds(ref, path, wanted) for path, wanted in where.items())

    def _holds(self, ref: Ref, path: str, wanted: str | list[str] | Mapping[str, object]) -> bool:
        ref, name = self._walk(ref, path)
        if isinstance(wanted, Mapping):
            return not any(self.meets(persona, wanted) for persona in self._personas[self.owner(ref)])
        return self._values[ref].get(name) in ([wanted] if isinstance(wanted, str) else wanted)
