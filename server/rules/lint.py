"""Warnings: what is allowed in a rules file, but is hardly meant."""

from collections.abc import Collection, Mapping

from server.domain.access import Reach
from server.engine.effects import Notify
from server.engine.kinds import BETWEEN
from server.engine.machines import Machine, Status
from server.engine.ruleset import OWNER, PLATFORM, Ruleset, Transition
from server.rules.diagnostics import Diagnostic, Findings, Severity
from server.rules.nodes import Table, section


def lint(ruleset: Ruleset, root: Table, used: Mapping[str, Collection[str]], findings: Findings) -> None:
    """Looks over a whole ruleset that has no errors. ``used``: the facts and the groups that something names."""
    for machine in ruleset.machines.values():
        _unreachable(machine, ruleset, findings)
    for transition in ruleset.transitions.values():
        for target in sorted(transition.entered):
            _for_others(transition, ruleset.status(transition.machine, target), root, findings)
        _nobody_to_name(transition, ruleset, findings)
    _unused(ruleset, root, used, findings)


def _unreachable(machine: Machine, ruleset: Ruleset, findings: Findings) -> None:
    own = [transition for transition in ruleset.transitions.values() if transition.machine == machine.key]
    reached = machine.begins.union(*(transition.entered for transition in own))
    for key in machine.statuses:
        if key not in reached:
            place = ruleset.places[f"machines.{machine.key}.statuses.{key}"]
            findings.warn("unreachable-status", place, f"no transition leads to {key}", "add one, or drop the status")


def _for_others(transition: Transition, target: Status, root: Table, findings: Findings) -> None:
    if target.roles is None or (transition.roles is not None and transition.roles <= target.roles):
        return
    node = section(section(root, "transitions"), transition.id)
    roles = ", ".join(sorted(target.roles))
    message = f"{target.key} is only for {roles}, but {transition.id} leads others there as well"
    found = node.get("to")
    findings.warn("role-mismatch", found.place if found else transition.place, message, f"add for: [{roles}]")


def _nobody_to_name(transition: Transition, ruleset: Ruleset, findings: Findings) -> None:
    """Who sees only themselves can make a pair only with somebody whom they may name unseen."""
    by_people = transition.allow - {OWNER, PLATFORM}
    alone = bool(by_people) and all(ruleset.actors[key].scope == Reach.SELF for key in by_people)
    if len(ruleset.ends(transition)) == BETWEEN and transition.partners is None and alone:
        message = f"whoever may press {transition.id} sees only themselves, and so can name nobody as the other side"
        findings.warn("nobody-to-name", transition.place, message, "say by partners whom they may name")


def _unused(ruleset: Ruleset, root: Table, named: Mapping[str, Collection[str]], findings: Findings) -> None:
    asked = {question.input.key for t in ruleset.transitions.values() for question in t.asks}
    heard = {t.event for t in ruleset.transitions.values()}
    effects = [effect for t in ruleset.transitions.values() for effect in t.follows]
    sent = {effect.message for effect in effects if isinstance(effect, Notify)}
    made = {t.creates for t in ruleset.transitions.values() if t.creates}
    for name, used, why in (
        ("facts", named["facts"], "no condition uses it"),
        ("groups", named["groups"], "nothing names it"),
        ("inputs", asked, "no transition asks it"),
        ("events", heard, "no transition is carried out by it"),
        ("messages", sent, "no effect sends it"),
        ("kinds", made, "no transition creates one"),
    ):
        for key, entry in section(root, name).entries.items():
            if key not in used:
                findings.warn("unused", entry.place, f"{name}.{key} is not used: {why}", "use it, or take it away")


def lost(ruleset: Ruleset, relied_on: Mapping[str, str]) -> tuple[Diagnostic, ...]:
    """Warns, once, of the transitions that clients reach by a name of their own and that this program no longer has.

    ``relied_on``: the name clients use, by transition id. A program that lacks most of them is another flow altogether,
    with clients of its own.
    """
    gone = [transition for transition in relied_on if transition not in ruleset.transitions]
    if not gone or len(gone) > len(relied_on) // 2:
        return ()
    place = next(iter(ruleset.places.values()))
    message = (
        f"the program {ruleset.program} has no transition {', '.join(gone)}:"
        f" {', '.join(relied_on[transition] for transition in gone)} will always be refused there"
    )
    hint = "a renamed transition gets its id back, and the new name as its label; or tell the client developers"
    warning = Severity.WARNING
    return (Diagnostic(warning, "lost-mutation", message, place.file, place.line, place.column, hint),)
