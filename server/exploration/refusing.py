"""Findings on what is refused, and on what never is."""

from collections.abc import Iterator

from server.engine.paths import Path
from server.engine.plan import Blocker
from server.engine.ruleset import Requirement, Transition
from server.exploration.acts import presses
from server.exploration.finding import Finding
from server.exploration.lens import parts
from server.exploration.space import Space, Stop
from server.exploration.words import Teller, told

_ENDLESS = "TOO_DEEP"
_INVARIANT = "INVARIANT"


def stopped(space: Space) -> Iterator[Finding]:
    """Buttons whose cascade is refused, acts that only an invariant stops, and rules that go on without end."""
    seen: set[tuple[str, str]] = set()
    for (key, code, place), stop in space.tally.stopped.items():
        transition = space.ruleset.transitions[key]
        blocker = next(each for each in stop.blockers if (each.code, each.place) == (code, place))
        if (key, blocker.text) not in seen:
            seen.add((key, blocker.text))
            yield _stopped(space, transition, blocker, stop)


def _stopped(space: Space, transition: Transition, blocker: Blocker, stop: Stop) -> Finding:
    steps = told(stop.origin, Teller(space.ruleset))
    if blocker.code == _ENDLESS:
        text = f"{transition.label} sets off more than an act may: {' > '.join(blocker.chain)}"
        return Finding("too-deep", text, blocker.place or transition.place, "let less follow from it", steps)
    if blocker.code == _INVARIANT:
        text = f'only an invariant stops {transition.label}: "{blocker.text}"'
        hint = f"require it where {transition.label} stands, with a text that says what to do"
        return Finding("invariant-needed", text, blocker.place or transition.place, hint, steps)
    text = f'{transition.label} is offered, and what follows from it can be refused: "{blocker.text}"'
    hint = "require it of the button as well, or let the effect take place only if it can"
    return Finding("refused-in-cascade", text, transition.place, hint, steps)


def idle(space: Space) -> Iterator[Finding]:
    """Requirements that never refuse anything, and those that are never met.

    Not of what only follows from something else: it may well require once more what that has made sure of.
    """
    for transition in space.ruleset.transitions.values():
        if transition.id in space.tally.unanswered or not presses(space.ruleset, transition):
            continue
        for requirement in transition.requires:
            if any(path.value in space.lens.blind for path in parts(requirement.that, Path)):
                continue
            yield from _idle(space, transition, requirement)


def _idle(space: Space, transition: Transition, requirement: Requirement) -> Iterator[Finding]:
    refused, held = space.tally.refused, space.tally.held
    place, code = requirement.place, requirement.code
    if place in held and place not in refused:
        text = f"{code} of {transition.label} never refuses anything"
        yield Finding("never-refuses", text, place, "drop it, or see whether it asks what is meant")
    elif place in refused and place not in held:
        text = f"{code} of {transition.label} is never met"
        steps = told(refused[place].origin, Teller(space.ruleset))
        yield Finding("always-refuses", text, place, "see whether it asks what is meant", steps)


def kept_by(space: Space) -> Iterator[tuple[str, str, bool]]:
    """Of each invariant its key, why it is there, and whether the transitions keep it without being refused by it."""
    for invariant in space.ruleset.invariants:
        needed = any(place == invariant.place for _, _, place in space.tally.stopped)
        yield invariant.key, invariant.because, not needed
