"""One thing that is otherwise under other rules."""

from dataclasses import dataclass

CODES = {
    "program-added": "A program is new.",
    "program-gone": "A program is gone.",
    "status-added": "A status is new.",
    "status-gone": "A status is gone.",
    "machine-added": "A kind of status is new.",
    "machine-gone": "A kind of status is gone.",
    "transition-added": "A button, or an automatic move, is new.",
    "transition-gone": "A button, or an automatic move, is gone.",
    "renamed": "Something is called otherwise.",
    "reworded": "A reason or a warning is worded otherwise.",
    "asks-newly": "A question is asked that was not.",
    "asks-no-longer": "A question is not asked any more.",
    "asks-otherwise": "A question must now be answered, need not be any more, or takes other answers.",
    "may-now": "Somebody may press what they might not.",
    "may-no-longer": "Somebody may not press any more what they might.",
    "can-now": "Something goes through that was refused.",
    "can-no-longer": "Something is refused that went through.",
    "effects-differ": "The same act brings about something else.",
    "happens-otherwise": "An automatic move happens at another time, or on another event.",
    "otherwise": "The rules judge something otherwise; no situation was found in which it shows.",
}
"""Every code, with what it means."""


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that is otherwise under the new rules.

    ``code``: of :data:`CODES`. ``text``: a sentence, whole in itself. ``transition``: the id of the one it is about;
    ``actors``: the keys of those whom it concerns. ``reason``: the text of the refusal that is new, or is gone.
    ``example``: a situation, and what somebody does in it.
    """

    code: str
    text: str
    transition: str | None = None
    actors: tuple[str, ...] = ()
    reason: str | None = None
    example: str | None = None
