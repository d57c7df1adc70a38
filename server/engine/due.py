"""When a transition that happens by itself falls due for a record, if nothing but time passes."""

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from server.engine.ages import MOMENT, Age, turns
from server.engine.automatic import After, Daily, Dated, When
from server.engine.conditions import All, Condition, Named
from server.engine.durations import Duration
from server.engine.facts import Facts, Record, Ref, Situation
from server.engine.moves import AS_PLATFORM, Judge, Move
from server.engine.paths import Scope, record_at
from server.engine.plan import Request
from server.engine.ruleset import Ruleset, Transition
from server.engine.settling import is_ready


def due_at(
    ruleset: Ruleset, transition: Transition, subject: Ref, facts: Facts, *, done: datetime | None, until: datetime
) -> datetime | None:
    """The moment, at the latest ``until``, from which on the platform carries a transition out; None: not so soon.

    A moment that has passed is one since which it has been due, and still is. ``done``: up to when the dates of the
    transition have been seen to for this record (see :func:`done_until`); no date until then counts, unless its field
    was given its value later.
    """
    record = facts.records[subject]
    present = Situation(facts)
    for moment in sorted(set(_moments(ruleset, transition, record, present, done))):
        if moment > until:
            break
        asked = {moment, max(moment, facts.now)}
        if all(_is_ready(ruleset, transition, record, present.at(each)) for each in asked):
            return moment
    return None


def _is_ready(ruleset: Ruleset, transition: Transition, record: Record, situation: Situation) -> bool:
    return is_ready(Judge(ruleset, situation), transition, record, _besides(transition))


def entered_by(transition: Transition, until: datetime) -> datetime:
    """The latest moment at which a record can have entered its status for a transition to be due by ``until``."""
    waits = _waits(transition)
    return max((wait.latest_start(until) for wait in waits), default=until)


def waits(transition: Transition) -> bool:
    """Whether it is due, if at all, only some time after a record has entered its status, or by the calendar."""
    return isinstance(transition.automatic, Daily | Dated) or bool(_waits(transition))


def remembers(transition: Transition) -> bool:
    """Whether when it last happened to a record tells which of its dates have been seen to."""
    return transition.stays or isinstance(transition.automatic, Dated)


def done_until(transition: Transition, *, calendar: datetime | None, happened: datetime | None) -> datetime | None:
    """Up to when the dates of a transition have been seen to for a record.

    ``calendar``: up to when those of the calendar have been, for everybody; ``happened``: when it last happened to it.
    """
    found = (
        calendar if isinstance(transition.automatic, Daily) else None,
        happened if remembers(transition) else None,
    )
    return max((each for each in found if each is not None), default=None)


def has_date(
    ruleset: Ruleset, transition: Transition, *, done: datetime | None, now: datetime, until: datetime
) -> bool:
    """Whether a transition by the calendar has a date yet to be seen to; one that is not by the calendar always has."""
    daily = transition.automatic
    if not isinstance(daily, Daily) or done is None:
        return True
    return daily.first_kept(done + MOMENT, now, ruleset.zone) <= until


def _waits(transition: Transition) -> tuple[Duration, ...]:
    automatic = transition.automatic
    if isinstance(automatic, After):
        return automatic.ages
    age = _own_age(transition, automatic.condition) if isinstance(automatic, When) else None
    return (age,) if age else ()


def _own_age(transition: Transition, condition: Condition) -> Duration | None:
    """The age in its own status without which a condition cannot hold."""
    match condition:
        case All(parts):
            return next((found for part in parts if (found := _own_age(transition, part))), None)
        case Named(_, inner):
            return _own_age(transition, inner)
        case Age(path=path, at_least=at_least) if not path.links and path.value == transition.machine:
            return at_least
        case _:
            return None


def request(transition: Transition, subject: Ref) -> Request:
    """What the platform asks of ``decide`` when it carries a transition out by itself."""
    return Request(transition.id, subject, AS_PLATFORM)


def _besides(transition: Transition) -> Condition | None:
    return transition.automatic.condition if isinstance(transition.automatic, When) else None


def _moments(
    ruleset: Ruleset, transition: Transition, record: Record, present: Situation, done: datetime | None
) -> Iterator[datetime]:
    """The moments from which on it could be due: each date there is, and each at which a condition may change."""
    since = record.since.get(transition.machine, present.now)
    scope = Judge(ruleset, present).scope(Move(transition, record, AS_PLATFORM))
    turning = list(_turning(transition, scope))
    clock = transition.automatic
    if isinstance(clock, Daily):
        first = since if done is None else max(since, done + MOMENT)
        yield from (clock.first_kept(max(first, start), present.now, ruleset.zone) for start in (first, *turning))
    elif isinstance(clock, After | Dated):
        for date in _dates(clock, since, scope, ruleset.zone, done):
            latest = None if clock.late is None else clock.late.after(date, ruleset.zone)
            later = (date, *(moment for moment in turning if moment > date))
            yield from (each for each in later if latest is None or max(each, present.now) <= latest)
    else:
        yield from (since, *(moment for moment in turning if moment > since))


def _turning(transition: Transition, scope: Scope) -> Iterator[datetime]:
    """The moments at which what it requires may change by itself."""
    besides = _besides(transition)
    for condition in (*(requirement.that for requirement in transition.requires), *([besides] if besides else [])):
        yield from turns(condition, scope)


def _dates(
    clock: After | Dated, since: datetime, scope: Scope, zone: ZoneInfo, done: datetime | None
) -> Iterator[datetime]:
    """The dates of a record that have not been seen to."""
    if isinstance(clock, After):
        ends = (age.after(since, zone) for age in clock.ages)
        yield from (date for date in ends if done is None or done < date)
        return
    holder = record_at(clock.path, scope)
    field = str(clock.path.value)
    value = holder.values.get(field) if holder is not None else None
    if holder is None or value is None:
        return
    for date in clock.moments(value, zone):
        if done is None or done < max(date, holder.entered.get(field, date)):
            yield date
