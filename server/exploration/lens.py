"""What the rules of a program can tell apart: two situations that differ in nothing else are one."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from server.engine import values
from server.engine.ages import Age
from server.engine.automatic import After, Daily, Dated
from server.engine.conditions import Latest, OneOf
from server.engine.durations import Duration
from server.engine.effects import Pick, Put
from server.engine.facts import Kind, Record
from server.engine.memory import Been, Did, Recently, stays
from server.engine.outcomes import PREVIOUS
from server.engine.paths import Path
from server.engine.ruleset import Field, Ruleset
from server.engine.values import Compare, Constant

Part = TypeVar("Part")

SITE = "site"
"""What the one site of an exploration is called."""

PLACEMENTS = ("partner_site", "mentor_site_list")
"""What a persona holds that is no field of the file: the site it is placed at, and the list it stands on."""

START = datetime(2026, 1, 5, 9, tzinfo=UTC)
"""The moment at which explorations begin."""

_DAY, _A_DAY = Duration(days=1), timedelta(days=1)
_Free = Mapping[str, Mapping[str, tuple[str | None, ...]]]


def parts(rule: object, kind: type[Part]) -> Iterator[Part]:
    """Every part of a kind anywhere in what a file says."""
    if isinstance(rule, kind):
        yield rule
    if is_dataclass(rule):
        for each in fields(rule):
            yield from parts(getattr(rule, each.name), kind)
    elif isinstance(rule, Mapping):
        yield from parts(tuple(rule.values()), kind)
    elif isinstance(rule, tuple | list):
        for item in rule:
            yield from parts(item, kind)


@dataclass(frozen=True, slots=True)
class Lens:
    """How an exploration looks at records.

    ``been``, ``did``, ``previous``: what it remembers of their past, as far as conditions ask, and up to how many
    ``times``. ``ages``: by machine, the times in a status at which something changes. ``kept``: the fields that effects
    set and conditions read. ``free``: by kind, what people set by hand and conditions read, with the values to try,
    the empty one first. ``ordered``: in which order records were made matters. ``past_pairs``: so does a pair that
    nothing leads on from. ``pauses``: how long to let time pass. ``blind``: the fields whose values are not varied.
    """

    been: Mapping[str, frozenset[str]]
    did: frozenset[str]
    previous: frozenset[str]
    times: int
    ages: Mapping[str, tuple[Duration, ...]]
    kept: frozenset[str]
    free: _Free
    ordered: bool
    past_pairs: bool
    pauses: tuple[Duration, ...]
    blind: frozenset[str]

    @classmethod
    def of(cls, ruleset: Ruleset) -> "Lens":
        """What these rules can tell apart."""
        judged = (ruleset.transitions, ruleset.invariants, ruleset.derived, ruleset.machines)
        beens, dids, paths = list(parts(judged, Been)), list(parts(judged, Did)), list(parts(judged, Path))
        read = {path.value for path in paths if path.value}
        read |= {role.open_pairs for role in ruleset.roles.values() if isinstance(role.open_pairs, str)}
        put = {put.field for put in parts(ruleset.transitions, Put)}
        least = [
            int(limit.text)
            for limit in [*(been.at_least for been in beens), *(did.at_least for did in dids)]
            if isinstance(limit, Constant)
        ]
        free = _free(ruleset, read - put, judged)
        return cls(
            been={key: frozenset().union(*(b.values for b in beens if b.path.value == key)) for key in _ends(beens)},
            did=frozenset().union(*(each.transitions for each in dids)),
            previous=frozenset(
                t.machine for t in ruleset.transitions.values() if any(case.to == PREVIOUS for case in t.cases)
            ),
            times=max((1, *least)),
            ages=_ages(ruleset, judged),
            kept=frozenset(put & read),
            free=free,
            ordered=any(True for kind in (Latest, Pick) for _ in parts(judged, kind)),
            past_pairs=any(p.many == "matches" or {"match", "partner"} & {*p.links} for p in paths),
            pauses=_pauses(ruleset, judged),
            blind=frozenset(key for key in read & ruleset.fields.keys() - put if not _varied(key, free)),
        )

    def seen(self, record: Record, now: datetime, ruleset: Ruleset) -> tuple[object, ...]:
        """All that matters of one record apart from those it hangs together with."""
        held = tuple((key, record.values.get(key)) for key in sorted(self.kept & record.values.keys()))
        lists = tuple((key, tuple(sorted(record.lists[key]))) for key in sorted(self.kept & record.lists.keys()))
        past = tuple(self.remembered(record, machine) for machine in sorted(record.statuses))
        aged = tuple(self._aged(record, machine, now, ruleset) for machine in sorted(record.statuses))
        role = record.values.get("role") or ""
        return (record.sort, role, tuple(sorted(record.statuses.items())), past, aged, held, lists)

    def remembered(self, record: Record, machine: str) -> tuple[object, ...]:
        """What matters of a record's past in one machine."""
        had = [stay.status for stay in stays(record, machine) if stay.status in self.been.get(machine, ())]
        been = tuple((status, min(had.count(status), self.times)) for status in sorted(set(had)))
        done = [past.transition for past in record.past.get(machine, ()) if past.transition in self.did]
        did = tuple((key, min(done.count(key), self.times)) for key in sorted({each for each in done if each}))
        before = [stay.status for stay in stays(record, machine)][-2:-1] if machine in self.previous else []
        return been, did, tuple(before)

    def _aged(self, record: Record, machine: str, now: datetime, ruleset: Ruleset) -> int:
        since, ages = record.since.get(machine), self.ages.get(machine, ())
        return 0 if since is None else sum(age.after(since, ruleset.zone) <= now for age in ages)


def _ends(beens: list[Been]) -> set[str]:
    return {each.path.value for each in beens if each.path.value}


def _ages(ruleset: Ruleset, judged: object) -> dict[str, tuple[Duration, ...]]:
    found: dict[str, set[Duration]] = {}
    for age in parts(judged, Age):
        limits = {limit for limit in (age.at_least, age.less_than) if limit}
        found.setdefault(age.path.value or "", set()).update(limits)
    for transition in ruleset.automatics():
        for clock in parts(transition.automatic, After):
            found.setdefault(transition.machine, set()).update(clock.ages)
    return {key: tuple(sorted(each, key=_length)) for key, each in found.items()}


def _pauses(ruleset: Ruleset, judged: object) -> tuple[Duration, ...]:
    """A pause after which each limit of time has passed, the shortest first."""
    found = {age for ages in _ages(ruleset, judged).values() for age in ages}
    found |= {recently.within for recently in parts(judged, Recently) if recently.within}
    if any(True for kind in (Daily, Dated) for _ in parts(judged, kind)):
        found.add(_DAY)
    return tuple(sorted(found, key=_length))


def _length(duration: Duration) -> tuple[int, int, int]:
    return duration.months, duration.days, duration.seconds


def _varied(key: str, free: _Free) -> bool:
    return any(key in own for own in free.values())


def _free(ruleset: Ruleset, read: set[str], judged: object) -> _Free:
    """What people set by hand, with the values to try."""
    free: dict[str, dict[str, tuple[str | None, ...]]] = {}
    for key in (key for key in PLACEMENTS if key in read or (key == PLACEMENTS[0] and "site" in _links(judged))):
        free.setdefault(Kind.PERSONA, {})[key] = (None, SITE)
    for field in (field for key, field in ruleset.fields.items() if key in read and field.allow and not field.several):
        tried = _values(field, judged)
        if tried:
            free.setdefault(field.owner, {})[field.key] = (None, *tried)
    return free


def _links(judged: object) -> set[str]:
    return {link for path in parts(judged, Path) for link in path.links}


def _values(field: Field, judged: object) -> tuple[str, ...]:
    """The values of a field that conditions can tell apart, as far as these are found; none of people."""
    compared = [each.operand for each in parts(judged, Compare) if each.path.value == field.key]
    limits = {int(each.text) for each in compared if isinstance(each, Constant) and field.type == values.INTEGER} or {1}
    named = {value for each in parts(judged, OneOf) if each.path.value == field.key for value in each.values}
    found = {
        values.CHOICE: tuple(choice.key for choice in field.choices),
        values.BOOLEAN: ("true", "false"),
        values.INTEGER: tuple(str(number) for number in sorted({n + off for n in limits for off in (-1, 0, 1)})),
        values.DATE: tuple((START + off).date().isoformat() for off in (-_A_DAY, timedelta(), _A_DAY)),
        values.INSTANT: tuple(values.moment_text(START + off) for off in (-_A_DAY, _A_DAY)),
        values.USER: (),
    }
    return found.get(field.type, tuple(sorted(named)) or (SITE,))
