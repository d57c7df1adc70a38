"""When a transition that happens by itself falls due for a record, if nothing but time passes."""

from collections.abc import Iterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from server.engine.ages import MOMENT, Age, turns
from server.engine.automatic import After, Daily, When
from server.engine.conditions import All, Condition, Named
from server.engine.durations import Duration
from server.engine.facts import Facts, Record, Ref, Situation
from server.engine.moves import AS_PLATFORM, Judge, Move
from server.engine.plan import Request
from server.engine.ruleset import Ruleset, Transition
from server.engine.settling import is_ready


def due_at(
    ruleset: Ruleset, transition: Transition, subject: Ref, facts: Facts, *, done: datetime | None, until: datetime
) -> datetime | None:
    """The moment, at the latest ``until``, from which on the platform carries a transition out; None: not so soon.

    A moment that has passed is one since which it has been due, and still is. ``done``: the last date of a
    ``Daily`` transition that has been seen to; none before it counts.
    """
    record = facts.records[subject]
    present = Situation(facts)
    for start in sorted({start for start in _starts(ruleset, transition, record, present) if start <= until}):
        daily = transition.automatic
        moment = _date(daily, ruleset.zone, start, done, facts.now) if isinstance(daily, Daily) else start
        asked = {moment, max(moment, facts.now)} if moment <= until else set()
        if asked and all(_is_ready(ruleset, transition, record, present.at(each)) for each in asked):
            return moment
    return None


def _is_ready(ruleset: Ruleset, transition: Transition, record: Record, situation: Situation) -> bool:
    return is_ready(Judge(ruleset, situation), transition, record, _besides(transition))


def entered_by(transition: Transition, until: datetime) -> datetime:
    """The latest moment at which a record can have entered its status for a transition to be due by ``until``."""
    wait = _wait(transition)
    return until if wait is None else wait.latest_start(until)


def waits(transition: Transition) -> bool:
    """Whether it is due, if at all, only some time after a record has entered its status, or by the calendar."""
    return isinstance(transition.automatic, Daily) or _wait(transition) is not None


def has_date(
    ruleset: Ruleset, transition: Transition, *, done: datetime | None, now: datetime, until: datetime
) -> bool:
    """Whether a transition by the calendar has a date yet to be seen to; one that is not by the calendar always has."""
    daily = transition.automatic
    if not isinstance(daily, Daily) or done is None:
        return True
    return daily.first_kept(done + MOMENT, now, ruleset.zone) <= until


def _wait(transition: Transition) -> Duration | None:
    automatic = transition.automatic
    if isinstance(automatic, After):
        return automatic.duration
    return _own_age(transition, automatic.condition) if isinstance(automatic, When) else None


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


def _starts(ruleset: Ruleset, transition: Transition, record: Record, situation: Situation) -> Iterator[datetime]:
    """The moments from which on it could be due: the first there is, and each at which an age changes its answer."""
    since = record.since.get(transition.machine, situation.now)
    automatic = transition.automatic
    first = automatic.duration.after(since, ruleset.zone) if isinstance(automatic, After) else since
    yield first.astimezone(UTC)
    scope = Judge(ruleset, situation).scope(Move(transition, record, AS_PLATFORM))
    conditions = [requirement.that for requirement in transition.requires]
    besides = _besides(transition)
    for condition in (*conditions, *([besides] if besides else [])):
        yield from (moment for moment in turns(condition, scope) if moment > first)


def _date(daily: Daily, zone: ZoneInfo, start: datetime, done: datetime | None, now: datetime) -> datetime:
    """The next date, once it could happen, that is neither seen to nor missed for good."""
    return daily.first_kept(start if done is None else max(start, done + MOMENT), now, zone)
