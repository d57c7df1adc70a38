"""What the rules list, compared: statuses, buttons, questions, who may, and what all of them are called."""

from collections.abc import Iterator, Mapping
from itertools import chain

from server.engine.machines import Machine
from server.engine.questions import Question
from server.engine.ruleset import PLATFORM, Ruleset, Transition
from server.engine.who import who
from server.exploration.change import Change
from server.exploration.sameness import logic
from server.exploration.words import together

_SECTIONS = {
    "messages": "The messages",
    "finds": "Who finds whom",
    "can_communicate": "When the two of a match may write to each other",
    "derived": "A value that is worked out",
    "fields": "The fields",
    "kinds": "The kinds of record",
    "roles": "The roles",
    "actors": "The actors",
    "zone": "The time zone",
}
"""The parts of a file that are compared as a whole, in words."""


def catalogued(old: Ruleset, new: Ruleset) -> Iterator[Change]:
    """Every change that shows without trying anything."""
    yield from _machines(old, new)
    yield from _transitions(old, new)
    for key in (key for key in new.transitions if key in old.transitions):
        before, after = old.transitions[key], new.transitions[key]
        yield from _named(before, after)
        yield from _asked(before, after)
        yield from _permitted(old, new, key)
    yield from _allowed(old, new)
    yield from _sections(old, new)


def _machines(old: Ruleset, new: Ruleset) -> Iterator[Change]:
    for key in (key for key in new.machines if key not in old.machines):
        yield Change("machine-added", f"There is a new kind of status: {new.machines[key].label}.")
    for key in (key for key in old.machines if key not in new.machines):
        yield Change("machine-gone", f"The kind of status {old.machines[key].label} is gone.")
    for key in (key for key in new.machines if key in old.machines):
        yield from _statuses(old.machines[key], new.machines[key])


def _statuses(old: Machine, new: Machine) -> Iterator[Change]:
    if old.label != new.label:
        yield Change("renamed", f"{old.label} is now called {new.label}.")
    for key, status in new.statuses.items():
        before = old.statuses.get(key)
        if before is None:
            yield Change("status-added", f"{new.label} has a new status: {status.label}.")
        elif before.label != status.label:
            yield Change("renamed", f"The {new.label} {before.label} is now called {status.label}.")
        elif logic(before) != logic(status):
            yield Change("otherwise", f"The {new.label} {status.label} counts otherwise (category, roles or places).")
    for key, status in old.statuses.items():
        if key not in new.statuses:
            yield Change("status-gone", f"The {new.label} {status.label} is gone.")
    if old.start != new.start and new.start in new.statuses:
        yield Change("effects-differ", f"The {new.label} of new records begins as {new.statuses[new.start].label}.")


def _transitions(old: Ruleset, new: Ruleset) -> Iterator[Change]:
    for key in (key for key in new.transitions if key not in old.transitions):
        actors = _actors(new.transitions[key])
        text = f"{_kind(new.transitions[key])} {new.transitions[key].label} is new{_for(actors, new)}."
        yield Change("transition-added", text, key, actors)
    for key in (key for key in old.transitions if key not in new.transitions):
        actors = _actors(old.transitions[key])
        text = f"{_kind(old.transitions[key])} {old.transitions[key].label} is gone{_for(actors, old)}."
        yield Change("transition-gone", text, key, actors)


def _kind(transition: Transition) -> str:
    return "The button" if transition.pressable else "The automatic move"


def _for(actors: tuple[str, ...], ruleset: Ruleset) -> str:
    return f", for {together([ruleset.actors[key].label for key in actors])}" if actors else ""


def _actors(transition: Transition) -> tuple[str, ...]:
    return tuple(sorted(transition.allow - {PLATFORM}))


def _named(old: Transition, new: Transition) -> Iterator[Change]:
    if old.label != new.label:
        yield Change("renamed", f"{old.label} is now called {new.label}.", new.id)
    texts = {each.code: each.otherwise for each in old.requires} | {each.code: each.text for each in old.cautions}
    for code, text in chain(((r.code, r.otherwise) for r in new.requires), ((c.code, c.text) for c in new.cautions)):
        if code in texts and texts[code] != text:
            yield Change("reworded", f'{new.label} now says "{text}" instead of "{texts[code]}"', new.id)
    spoken = [each.automatic.spoken() if each.automatic else None for each in (old, new)]
    if spoken[0] != spoken[1]:
        text = f"{new.label} happens {spoken[1]}" if spoken[1] else f"{new.label} does not happen by itself any more"
        was = f"; before, {spoken[0]}" if spoken[0] else ""
        yield Change("happens-otherwise", f"{text}{was}.", new.id)
    if old.event != new.event:
        text = f"on the event {new.event}" if new.event else "on no event any more"
        yield Change("happens-otherwise", f"{new.label} is carried out {text}.", new.id)


def _asked(old: Transition, new: Transition) -> Iterator[Change]:
    before, after = ({each.input.key: each for each in t.asks} for t in (old, new))
    for key, question in after.items():
        if key not in before:
            must = "must be answered" if question.required else "may be left open"
            yield Change("asks-newly", f'{new.label} now asks "{question.input.label}", which {must}.', new.id)
        else:
            yield from _answered(before[key], question, new)
    for key, question in before.items():
        if key not in after:
            yield Change("asks-no-longer", f'{new.label} does not ask "{question.input.label}" any more.', new.id)


def _answered(old: Question, new: Question, transition: Transition) -> Iterator[Change]:
    label = new.input.label
    if old.input.label != label:
        yield Change(
            "renamed", f'The question "{old.input.label}" of {transition.label} is now "{label}".', transition.id
        )
    if old.required != new.required:
        must = "must now be answered" if new.required else "need not be answered any more"
        yield Change("asks-otherwise", f'"{label}" of {transition.label} {must}.', transition.id)
    choices = {choice.key: choice.label for choice in old.input.choices}
    chosen = {choice.key: choice.label for choice in new.input.choices}
    for verb, labels in (("takes the new answer", _only(chosen, choices)), ("takes no longer", _only(choices, chosen))):
        for each in labels:
            yield Change("asks-otherwise", f'"{label}" of {transition.label} {verb} "{each}".', transition.id)
    for key in choices.keys() & chosen.keys():
        if choices[key] != chosen[key]:
            text = f'The answer "{choices[key]}" to "{label}" is now "{chosen[key]}".'
            yield Change("renamed", text, transition.id)
    parts = [(q.condition, q.default, q.checks, q.input.checks, q.input.type, q.input.several) for q in (old, new)]
    if logic(parts[0]) != logic(parts[1]):
        text = f'"{label}" of {transition.label} is asked, filled in or checked otherwise.'
        yield Change("asks-otherwise", text, transition.id)


def _only(one: Mapping[str, str], other: Mapping[str, str]) -> list[str]:
    return [label for key, label in one.items() if key not in other]


def _permitted(old: Ruleset, new: Ruleset, key: str) -> Iterator[Change]:
    before, after = old.transitions[key], new.transitions[key]
    for actor in sorted((before.allow | after.allow) - {PLATFORM}):
        label = (new.actors.get(actor) or old.actors[actor]).label
        if actor not in before.allow:
            said = who(label, after.allow_if.get(actor), new)
            yield Change("may-now", f"{_capital(said)} may now press {after.label}.", key, (actor,))
        elif actor not in after.allow:
            said = who(label, before.allow_if.get(actor), old)
            yield Change("may-no-longer", f"{_capital(said)} may not press {after.label} any more.", key, (actor,))
        elif logic(before.allow_if.get(actor)) != logic(after.allow_if.get(actor)):
            was, now = (who(label, t.allow_if.get(actor), r) for t, r in ((before, old), (after, new)))
            text = f"{after.label} is now for {now}; before, for {was}."
            yield Change("may-now", text, key, (actor,))


def _capital(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"


def _allowed(old: Ruleset, new: Ruleset) -> Iterator[Change]:
    """Who may do what is no button: acts and events."""
    for word, before, after in (("do", old.acts, new.acts), ("report", old.events, new.events)):
        for key in sorted(before.keys() | after.keys()):
            had, has = before.get(key, frozenset()), after.get(key, frozenset())
            for actor in sorted((had ^ has) - {PLATFORM}):
                label = (new.actors.get(actor) or old.actors[actor]).label
                code, may = ("may-now", "may now") if actor in has else ("may-no-longer", "may no longer")
                yield Change(code, f"{label} {may} {word}: {key}.", None, (actor,))


def _sections(old: Ruleset, new: Ruleset) -> Iterator[Change]:
    for name, said in _SECTIONS.items():
        before, after = getattr(old, name), getattr(new, name)
        if logic(before, spoken=True) == logic(after, spoken=True):
            continue
        keys = _differing(before, after) if isinstance(before, Mapping) else []
        which = f": {', '.join(keys)}" if keys else ""
        yield Change("otherwise", f"{said} of the program are otherwise{which}." if which else f"{said} is otherwise.")
    before_all, after_all = ({each.key: logic(each) for each in r.invariants} for r in (old, new))
    for key in sorted(before_all.keys() | after_all.keys()):
        if before_all.get(key) != after_all.get(key):
            verb = "is new" if key not in before_all else "is gone" if key not in after_all else "says something else"
            yield Change("otherwise", f"The invariant {key} {verb}.")


def _differing(before: Mapping[str, object], after: Mapping[str, object]) -> list[str]:
    every = sorted(before.keys() | after.keys())
    return [key for key in every if logic(before.get(key), spoken=True) != logic(after.get(key), spoken=True)]
