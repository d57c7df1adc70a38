"""A status in plain sentences: what it means, who comes here and how, and what may be done from here."""

from collections.abc import Iterator

from server.drawing.words import RELATIVE, said_of_status
from server.engine.machines import Machine, Status
from server.engine.ruleset import PLATFORM, Ruleset, Transition
from server.engine.who import who


def explained(ruleset: Ruleset, machine: Machine, status: Status) -> tuple[str, ...]:
    """All about a status, a line each, without anything that only a programmer reads."""
    own = [row for row in ruleset.transitions.values() if row.machine == machine.key]
    coming = [row for row in own if status.key in row.entered]
    going = [row for row in own if status.key in row.sources]
    name, *about = said_of_status(ruleset, machine, status)
    return (
        f"{name} ({machine.label})",
        *(f"  {line}" for line in about),
        "",
        "Who comes here:",
        *(_listed(_comes(ruleset, machine, row) for row in coming) or ("  nobody any more",)),
        "",
        "What may be done from here:",
        *(_listed(_goes(ruleset, machine, row, status) for row in going) or ("  nothing",)),
    )


def _listed(sentences: Iterator[str]) -> tuple[str, ...]:
    return tuple(f"  - {sentence}" for sentence in sentences)


def _comes(ruleset: Ruleset, machine: Machine, row: Transition) -> str:
    sources = [machine.statuses[key].label for key in machine.statuses if key in row.sources]
    begins = f"with a new {row.creates}" if row.creates else f"from {_or(sources)}"
    return f"{begins}, by {row.label}: {_by(ruleset, row)}."


def _goes(ruleset: Ruleset, machine: Machine, row: Transition, status: Status) -> str:
    goals = [machine.statuses[key].label for key in machine.statuses if key in row.entered and key != status.key]
    back = [RELATIVE[case.to] for case in row.cases if case.to in RELATIVE]
    to = " or ".join(dict.fromkeys([*([_or(goals)] if goals and not back else []), *back]))
    asked = [question.input.label for question in row.asks]
    return " ".join(
        (
            f"{row.label}, to {to}: {_by(ruleset, row)}.",
            *(f'It may be refused: "{each.otherwise}"' for each in row.requires),
            *([f"Asked is: {' '.join(asked)}"] if asked else []),
            *(f'To be confirmed: "{each.text}"' for each in row.cautions),
        )
    )


def _by(ruleset: Ruleset, row: Transition) -> str:
    """Who presses it, and how else it comes about."""
    people = [
        who(actor.label, row.allow_if.get(key), ruleset)
        for key, actor in ruleset.actors.items()
        if key in row.allow and key != PLATFORM
    ]
    causes = [cause.label for cause in ruleset.firing(row.id)]
    ways = (
        *([f"{_or(people)} may press it"] if people else []),
        *([f"it happens by itself when {row.event} is reported"] if row.event else []),
        *([f"it happens by itself {row.automatic.spoken()}"] if row.automatic else []),
        *([f"it follows from {_or(causes)}"] if causes else []),
    )
    return "; ".join(ways) or "nobody and nothing carries it out"


def _or(words: list[str]) -> str:
    *most, last = words or ["nothing"]
    return f"{', '.join(most)} or {last}" if most else last
