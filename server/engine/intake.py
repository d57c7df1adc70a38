"""What a transition that brings people in says besides: what it wants to know, and what becomes of known people."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Intake:
    """How people come in by one transition.

    ``fields``: those that whoever carries it out may fill in, whoever may set them otherwise, by key, with whether
    they must be. ``needs_email``: nobody comes in without an e-mail address. ``known``: the transition by which
    somebody whom the program knows already gains a persona; None: they are refused.
    """

    fields: Mapping[str, bool] = field(default_factory=dict)
    needs_email: bool = True
    known: str | None = None
