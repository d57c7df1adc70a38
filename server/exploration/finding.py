"""What an exploration finds in rules that are sound, and is hardly meant."""

from dataclasses import dataclass

from server.engine.places import Place

CODES = {
    "status-never-reached": "Nobody can ever come into a status.",
    "never-carried-out": "A transition can never be carried out.",
    "dead-end": "Nothing leads on from a status that is not final.",
    "never-finishes": "Somebody can come into a situation from which no final status can be reached.",
    "not-taken-back": "An act can never be taken back, and nobody is warned.",
    "refused-in-cascade": "A button is offered, and with some answers what follows from it is refused.",
    "invariant-needed": "Only an invariant keeps an act from what must never be.",
    "too-deep": "The rules set each other off without end, or further than an act may go.",
    "never-refuses": "A requirement never refuses anything.",
    "always-refuses": "A requirement is never met.",
    "made-twice": "An act that is done twice makes two of what there should be one of.",
    "order-matters": "It depends on the order in which records were made what an act comes to.",
    "example-from-nowhere": "An example begins in a situation that nobody can be in.",
    "unnoticed-change": "A single change of the file would be noticed by no example and no invariant.",
}
"""Every code, with what it means."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding. ``code``: of :data:`CODES`; ``place``: the line of the rule.

    ``steps``: the shortest way there, a sentence an act; ``hint``: what to do about it.
    """

    code: str
    text: str
    place: Place
    hint: str | None = None
    steps: tuple[str, ...] = ()
