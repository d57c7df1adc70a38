"""What a picture says about a status or a transition when somebody asks: a heading, then lines of ``Term: text``."""

from collections.abc import Iterable, Iterator

from server.engine.conditions import Answered, Condition, Named, OneOf
from server.engine.effects import About, Effect, Fire, Notify
from server.engine.machines import Machine, Status
from server.engine.outcomes import PREVIOUS, SAME
from server.engine.questions import Question
from server.engine.ruleset import PLATFORM, Ruleset, Transition
from server.engine.who import who

RELATIVE = {PREVIOUS: "back to where it was", SAME: "the status stays"}
"""Outcomes that depend on the status that a record is, or was, in."""


def said_of_status(ruleset: Ruleset, machine: Machine, status: Status) -> tuple[str, ...]:
    """All about a status, a line each; the first is its name."""
    category = ruleset.categories.get(status.category)
    return tuple(
        _lines(
            status.label,
            ("", status.description),
            ("Kind", category.label if category else status.category),
            ("Key", status.key),
            ("Only for", _roles(ruleset, status.roles)),
            ("Begins", "a new record can start here" if status.key in machine.begins else None),
            ("Counts", "as an open match" if status.opens else None),
            ("Removed", "the record counts as made in error" if status.removed else None),
        )
    )


def said_of_transition(ruleset: Ruleset, machine: Machine, row: Transition) -> tuple[str, ...]:
    """All about a transition, a line each; the first is its label."""
    causes = ", ".join(cause.label for cause in ruleset.firing(row.id))
    return tuple(
        _lines(
            row.label,
            ("", row.help),
            ("From", f"nothing: it makes a new {row.creates}" if row.creates else _labels(machine, row.sources)),
            ("To", _outcomes(machine, row)),
            ("Only for", _roles(ruleset, row.roles)),
            ("Who may", ", ".join(_people(ruleset, row)) or "nobody presses it"),
            ("By itself", f"when {row.event} is reported" if row.event else None),
            ("By itself", row.automatic.spoken() if row.automatic else None),
            ("Follows", causes or None),
            *(("Asks", _question(question)) for question in row.asks),
            *(("Refused with", requirement.otherwise) for requirement in row.requires),
            *(("To confirm", caution.text) for caution in row.cautions),
            *(("Then", _effect(ruleset, effect)) for effect in row.follows),
            ("Key", row.id),
        )
    )


def case_of(condition: Condition | None, number: int) -> str:
    """When an outcome is the one, in a few words; one that words do not hold goes by its number."""
    match condition:
        case None:
            return "otherwise"
        case Named(name, _):
            return name.replace("_", " ")
        case OneOf(path, values) if len(values) == 1:
            return f"{path.text} is {next(iter(values))}"
        case Answered(key, values) if values:
            return f"{key} is {' or '.join(sorted(values))}"
        case _:
            return f"case {number}"


def _lines(heading: str, *terms: tuple[str, str | None]) -> Iterator[str]:
    yield " ".join(heading.split())
    told = ((term, " ".join(text.split())) for term, text in terms if text)
    yield from (f"{term}: {text}" if term else text for term, text in told)


def _labels(machine: Machine, keys: Iterable[str]) -> str:
    wanted = set(keys)
    return ", ".join(status.label for key, status in machine.statuses.items() if key in wanted)


def _outcomes(machine: Machine, row: Transition) -> str:
    if len(row.cases) == 1 and row.cases[0].to not in RELATIVE:
        return _labels(machine, row.targets)
    said = []
    for number, case in enumerate(row.cases, 1):
        to = RELATIVE.get(case.to) or machine.statuses[case.to].label
        said.append(f"{to} ({case_of(case.condition, number)})" if len(row.cases) > 1 else to)
    return ", ".join(said)


def _roles(ruleset: Ruleset, roles: frozenset[str] | None) -> str | None:
    return ", ".join(role.label for key, role in ruleset.roles.items() if roles and key in roles) or None


def _people(ruleset: Ruleset, row: Transition) -> Iterator[str]:
    """Whoever may press it, in the order of the file; the platform is told of elsewhere."""
    for key, actor in ruleset.actors.items():
        if key in row.allow and key != PLATFORM:
            yield who(actor.label, row.allow_if.get(key), ruleset)


def _question(question: Question) -> str:
    if question.insists:
        return f"{question.input.label} (must be answered)"
    return f"{question.input.label} (in some cases)" if question.condition else question.input.label


def _effect(ruleset: Ruleset, effect: Effect) -> str:
    return f"{_deed(ruleset, effect)}{_about(effect.about)}"


def _deed(ruleset: Ruleset, effect: Effect) -> str:
    if isinstance(effect, Fire):
        return ruleset.transitions[effect.transition].label
    if isinstance(effect, Notify):
        return f"sends the message {effect.message}"
    known = ruleset.fields.get(effect.field)
    return f"sets {known.label if known else effect.field}"


def _about(about: About) -> str:
    path = about.each or about.subject
    hops = " of ".join(reversed(path.text.split("."))) if path else ""
    whom = f", for {'one of ' if about.pick else 'each of ' if about.each else ''}{hops}" if path else ""
    return whom + (", under a condition" if about.condition or about.where else "")
