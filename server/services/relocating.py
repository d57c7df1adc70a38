"""Moves people out of the statuses that their rules have dropped, in the act that takes the rules into force."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from server.domain.history import Act
from server.engine.facts import Kind, Ref
from server.engine.impact import Affected
from server.engine.relocation import MOVED, Amiss, Relocation, amiss_among, new_ones, relocate
from server.engine.ruleset import PLATFORM, Ruleset
from server.store.populations import members
from server.store.unit_of_work import UnitOfWork

CHUNK = 200
"""How many records are moved at once: a constant number of statements for so many, and one row in ``acts``."""

Refused = Mapping[tuple[Relocation, str], int]
"""How many records cannot go where the rules move them, by the reason."""


class UnmovableError(Exception):
    """Some records cannot go where the rules move them."""

    def __init__(self, refused: Refused) -> None:
        super().__init__(f"{sum(refused.values())} records cannot be moved")
        self.refused = refused


@dataclass(slots=True)
class _Chunk:
    """Some records that are moved together. ``nearby``: those of which invariants may ask because of it.

    ``amiss``: of these, the invariants that do not hold before anybody is moved.
    """

    relocation: Relocation
    note: str
    refs: Sequence[Ref]
    nearby: tuple[Ref, ...] = ()
    amiss: Amiss = field(default_factory=frozenset)


@dataclass(frozen=True, slots=True)
class Relocating:
    """One program's part of the act. ``before``: the rules that it was under, where they are known."""

    work: UnitOfWork
    program_id: int
    ruleset: Ruleset
    now: datetime
    before: Ruleset | None = None

    def carry_out(self, affected: Sequence[Affected]) -> None:
        """Moves everybody of whom the rules say where they go, each with a row of history.

        Nobody else changes anything of the program meanwhile. Invariants are judged when all have moved: of two
        people of a pair one moves first. Raises UnmovableError with all that is in the way.
        """
        moving = [each for each in affected if each.to is not None]
        if not moving:
            return
        self.work.hold_whole(self.program_id)
        chunks = [chunk for each in moving for chunk in self._chunks(each)]
        judged = chunks if self.ruleset.invariants else []
        for chunk in judged:
            self._look_before(chunk)
        refused = Counter[tuple[Relocation, str]]()
        for chunk in chunks:
            self._move(chunk, refused)
        refused = refused or self._broken(judged)
        if refused:
            raise UnmovableError(refused)

    def _chunks(self, affected: Affected) -> list[_Chunk]:
        status, to = affected.status, affected.to or ""
        machine = self.ruleset.machines[status.machine]
        place = self.ruleset.places[f"moved.{machine.key}.{status.key}"]
        relocation = Relocation(machine.key, status.key, to, place)
        under = f"{self.before.revision} -> {self.ruleset.revision}" if self.before else self.ruleset.revision
        note = (
            f"The rules have no {machine.label} {status.label} any more; "
            f"whoever was in it is moved to {machine.statuses[to].label} (rules {under})."
        )
        refs = list(members(self.work.connection, self.program_id, machine, [status.key]))
        return [_Chunk(relocation, note, refs[start : start + CHUNK]) for start in range(0, len(refs), CHUNK)]

    def _look_before(self, chunk: _Chunk) -> None:
        """What was amiss already: by the rules until now, or by the new ones where these did not ask."""
        facts = self.work.case(self.ruleset, chunk.refs, self.now)
        chunk.nearby = relocate(self.ruleset, facts, chunk.relocation, chunk.refs).nearby
        added = new_ones(self.before, self.ruleset)
        found = amiss_among(self.ruleset, facts, chunk.nearby)
        chunk.amiss = frozenset(each for each in found if each[0] in added)
        if self.before is not None:
            earlier = self.work.case(self.before, chunk.refs, self.now)
            chunk.amiss |= amiss_among(self.before, earlier, chunk.nearby)

    def _move(self, chunk: _Chunk, refused: Counter[tuple[Relocation, str]]) -> None:
        facts = self.work.case(self.ruleset, chunk.refs, self.now)
        relocated = relocate(self.ruleset, facts, chunk.relocation, chunk.refs)
        refused.update({(chunk.relocation, reason): count for reason, count in relocated.refused.items()})
        if relocated.plan is not None:
            self.work.apply(self._act(chunk), self.program_id, relocated.plan)

    def _broken(self, chunks: Sequence[_Chunk]) -> Counter[tuple[Relocation, str]]:
        """The invariants that the moves have broken, each once though two of those concerned may have moved."""
        found: dict[tuple[str, Ref, str | None], Relocation] = {}
        for chunk in chunks:
            facts = self.work.case(self.ruleset, chunk.refs, self.now)
            for each in amiss_among(self.ruleset, facts, chunk.nearby) - chunk.amiss:
                found.setdefault(each, chunk.relocation)
        reasons = {each.key: each.because for each in self.ruleset.invariants}
        return Counter((relocation, reasons[key]) for (key, _, _), relocation in found.items())

    def _act(self, chunk: _Chunk) -> Act:
        return Act(
            program_id=self.program_id,
            name=MOVED,
            subject_kind=Kind.PROGRAM,
            actor_name=self.ruleset.actors[PLATFORM].label,
            actor_roles=(PLATFORM,),
            recorded_at=self.now,
            effective_at=self.now,
            revision=self.ruleset.revision,
            note=chunk.note,
        )
