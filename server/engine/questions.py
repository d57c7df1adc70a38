"""Questions: what transitions ask, when they ask it, and what an answer must be like."""

from dataclasses import dataclass

from server.engine.conditions import Condition
from server.engine.paths import Operand, Scope, UnknownRecordError
from server.engine.patterns import Pattern
from server.engine.values import Constant, difference, joined, parts_of


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer that a question of the type ``choice`` takes."""

    key: str
    label: str


@dataclass(frozen=True, slots=True)
class Check:
    """What an answer of the right type must be like besides; ``otherwise`` is what people read.

    ``least`` and ``most``: the limits of a whole number or a date; ``shortest`` and ``longest``: of the number of
    characters; ``pattern``: the form of the whole text; ``that``: what must hold beside it.
    """

    code: str
    otherwise: str
    least: Operand | None = None
    most: Operand | None = None
    shortest: int | None = None
    longest: int | None = None
    pattern: Pattern | None = None
    that: Condition | None = None

    def passes(self, type_: str, answer: str, scope: Scope | None) -> bool:
        """Whether an answer, which is among those of the scope, passes.

        A limit that is missing, or cannot be known, keeps nothing; without a scope those count that the file writes.
        """
        text = answer.strip()
        if self.shortest is not None and len(text) < self.shortest:
            return False
        if self.longest is not None and len(text) > self.longest:
            return False
        if self.pattern is not None and not self.pattern.fits(text):
            return False
        least, most = _limit(self.least, scope), _limit(self.most, scope)
        high_enough = least is None or difference(type_, text, least) >= 0
        low_enough = most is None or difference(type_, text, most) <= 0
        return high_enough and low_enough and not (scope and self.that and self.that.holds(scope) is False)


def _limit(limit: Operand | None, scope: Scope | None) -> str | None:
    if scope is None or limit is None:
        return limit.text if isinstance(limit, Constant) else None
    try:
        return limit.value(scope)
    except UnknownRecordError:
        return None


@dataclass(frozen=True, slots=True)
class Input:
    """A question, declared once. ``type``: choice, text, date, integer, boolean or reference (to a site).

    ``several``: it takes any number of its choices.
    """

    key: str
    label: str
    type: str
    choices: tuple[Choice, ...] = ()
    help: str | None = None
    checks: tuple[Check, ...] = ()
    several: bool = False

    def canonical(self, answer: str) -> str:
        """An answer as it is kept: several choices each once and in the order of the file, else as it was given."""
        if not self.several:
            return answer
        given = parts_of(answer)
        return joined(choice.key for choice in self.choices if choice.key in given)

    def shown(self, answer: str) -> str:
        """An answer for people: choices by their labels, everything else as it is."""
        labels = {choice.key: choice.label for choice in self.choices}
        return joined(labels.get(key, key) for key in parts_of(answer)) if self.several else labels.get(answer, answer)


@dataclass(frozen=True, slots=True)
class Question:
    """An input as one transition asks it.

    ``condition``: it is asked only where this holds (None: always); it may look at the answers to the questions
    before it. ``default``: what counts as the answer where none is given. ``checks``: what an answer must be like
    here, beside what the input itself asks.
    """

    input: Input
    required: bool
    condition: Condition | None = None
    default: str | None = None
    checks: tuple[Check, ...] = ()

    @property
    def insists(self) -> bool:
        """Whether it must be answered whatever the situation and the other answers are."""
        return self.required and self.condition is None
