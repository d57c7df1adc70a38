"""What one request has shown of people, and what it was refused: gathered while it is answered, written afterwards."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from server.domain.access import FieldClass
from server.domain.errors import InputProblemsError, MatchkeeperError, NotPermittedError, TransitionRefusedError
from server.domain.ids import id_of
from server.engine.facts import Kind

_NOTHING_MORE: frozenset[FieldClass] = frozenset()


@dataclass(frozen=True, slots=True)
class Refused:
    """Something that the caller may not do. ``what``: the transition and its subject, where the error knows them."""

    what: str | None = None
    code: str = NotPermittedError.code


class Reads:
    """The records that one request has shown, by program and kind, with the classes beyond public ones.

    Made anew for each request; ``refusals`` are those of its acts.
    """

    __slots__ = ("_closer", "_shown", "refusals")

    def __init__(self) -> None:
        self._shown: defaultdict[tuple[int, Kind], set[int]] = defaultdict(set)
        self._closer: defaultdict[tuple[int, Kind, int], frozenset[FieldClass]] = defaultdict(frozenset)
        self.refusals: list[Refused] = []

    def note(self, program_id: int, kind: Kind, number: int) -> None:
        """A record that is shown, if only its public fields."""
        self._shown[program_id, kind].add(number)

    def note_classes(self, program_id: int, kind: Kind, number: int, classes: frozenset[FieldClass]) -> None:
        """A record of which fields of these classes are shown."""
        self._closer[program_id, kind, number] |= classes

    def note_refusals(self, error: MatchkeeperError) -> None:
        """That an act was refused, if that was for want of a right."""
        if isinstance(error, TransitionRefusedError):
            refused = error.refused
            if not refused.refusal.permitted:
                self.refusals.append(Refused(f"{refused.refusal.transition.id} {id_of(refused.subject)}"))
        elif error.code == NotPermittedError.code or _lacks_right(error):
            self.refusals.append(Refused())

    def note_codes(self, codes: Iterable[str]) -> None:
        """That a query was refused, if that was for want of a right; ``codes`` are those of its errors."""
        self.refusals.extend(Refused() for code in codes if code == NotPermittedError.code)

    def programs(self) -> frozenset[int]:
        """The programs of which something was shown."""
        return frozenset(program for (program, _), ids in self._shown.items() if ids)

    def shown(self, program_id: int, kind: Kind) -> Iterator[tuple[int, frozenset[FieldClass]]]:
        """The records of a kind that were shown, each with all classes of field that were."""
        for number in self._shown.get((program_id, kind), ()):
            closer = self._closer.get((program_id, kind, number), _NOTHING_MORE)
            yield number, closer | {FieldClass.PUBLIC}


def _lacks_right(error: MatchkeeperError) -> bool:
    problems = error.problems if isinstance(error, InputProblemsError) else ()
    return any(problem.code == NotPermittedError.code for problem in problems)
