"""What can be asked for with a transition: in which role, and with which answers."""

from collections.abc import Mapping
from dataclasses import dataclass

from server.engine.answers import trials
from server.engine.conditions import Answered
from server.engine.decide import deciding
from server.engine.facts import Kind
from server.engine.ruleset import Ruleset, Transition
from server.engine.values import Answer, AnswerIs, parts_of
from server.exploration.lens import parts
from server.exploration.sameness import follows


@dataclass(frozen=True, eq=False, slots=True)
class Wish:
    """A transition, in a role, with the answers on which something depends."""

    transition: Transition
    role: str | None
    answers: Mapping[str, str]


def wishes(ruleset: Ruleset, transition: Transition, *, every: bool) -> tuple[Wish, ...]:
    """All that can be asked for. ``every``: also with answers that these rules cannot tell from others."""
    answers = trials(transition, deciding(ruleset, transition))
    if not every:
        answers = _told_apart(
            tuple(ruleset.transitions[key] for key in sorted(follows(ruleset, transition.id))), answers
        )
    return tuple(Wish(transition, role, each) for role in _roles(ruleset, transition) for each in answers)


def _told_apart(judged: object, trials: list[dict[str, str]]) -> list[dict[str, str]]:
    """The first of all answers of which rules say the same."""
    compared = sorted({each.key for each in parts(judged, Answer)} | {each.key for each in parts(judged, AnswerIs)})
    asked = tuple(parts(judged, Answered))
    found: dict[object, dict[str, str]] = {}
    for answers in trials:
        verdicts = (_verdict(each, answers) for each in asked)
        found.setdefault((*verdicts, *(answers.get(key) for key in compared), frozenset(answers)), answers)
    return list(found.values())


def _verdict(condition: Answered, answers: Mapping[str, str]) -> bool:
    return bool(condition.values & {*parts_of(answers.get(condition.key, ""))})


def _roles(ruleset: Ruleset, transition: Transition) -> tuple[str | None, ...]:
    if transition.creates not in {Kind.USER, Kind.PERSONA}:
        return (None,)
    wanted = ruleset.roles_for(transition)
    return tuple(role for role in ruleset.roles if wanted is None or role in wanted)
