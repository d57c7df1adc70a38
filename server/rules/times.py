"""Reads what a rules file says of time: durations, ages, the time zone."""

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from server.engine.ages import Age
from server.engine.durations import Duration, parse_duration
from server.engine.paths import Path
from server.engine.values import DATE, INSTANT, Now
from server.rules.diagnostics import Findings
from server.rules.nodes import Node, Scalar, Table, plain, section, word
from server.rules.suggestions import did_you_mean, listed, quoted


def read_duration(node: Node | None, findings: Findings) -> Duration | None:
    """The duration that a word says; None where there is none, or with an error."""
    if not isinstance(node, Scalar) or not isinstance(node.value, str):
        return None
    duration = parse_duration(node.value)
    if duration is None:
        hint = "write P21D for 21 days, P1M for a month, PT36H for 36 hours; at most a hundred years"
        findings.error("out-of-range", node.place, f"{quoted(node.value)} is no time that can pass", hint)
    return duration


NOW = {DATE: "today", INSTANT: "now"}
"""How the time of the act is called, as a value of these types."""

SIGNS = {"plus": 1, "minus": -1}
"""The words that add and take away."""


def says_now(type_: str, node: Node) -> bool:
    """Whether a value is meant to be the time of the act: ``today``, or ``{today: {plus: P7D}}``."""
    if type_ not in NOW:
        return False
    return NOW[type_] in node.entries if isinstance(node, Table) else plain(node) == NOW[type_]


def read_now(type_: str, node: Node, zone: ZoneInfo, findings: Findings) -> Now | None:
    """The time of the act, plus or minus a duration; None, with an error, where it says anything else."""
    if isinstance(node, Scalar):
        return Now(type_, zone)
    shift = section(node, NOW[type_])
    if not isinstance(node, Table) or len(node.entries) > 1 or len(shift.entries) != 1:
        hint = f"write {NOW[type_]}, or {{{NOW[type_]}: {{plus: P7D}}}}, or minus"
        findings.error("wrong-type", node.place, f"{NOW[type_]} takes one duration, added or taken away", hint)
        return None
    ((sign, entry),) = shift.entries.items()
    if sign not in SIGNS:
        message = f"nothing can be done to {NOW[type_]} by {quoted(sign)}{did_you_mean(sign, SIGNS)}"
        findings.error("unknown-key", entry.place, message, listed(SIGNS))
        return None
    duration = read_duration(entry.node, findings)
    if duration is not None and duration.seconds and type_ == DATE:
        findings.error("wrong-type", entry.node.place, "a date has no hours", "write days, or use an instant")
    return Now(type_, zone, duration, SIGNS[sign]) if duration else None


def read_age(path: Path, zone: ZoneInfo, limits: Node, findings: Findings) -> Age:
    """An age with the limits that a map says; ``path`` ends in the machine."""
    found = limits if isinstance(limits, Table) else Table({}, limits.place)
    at_least, less_than = (read_duration(found.get(key), findings) for key in ("at_least", "less_than"))
    if at_least and less_than and _rough(at_least) >= _rough(less_than):
        message = f"{path.text} cannot be at_least {at_least.spoken()} and less_than {less_than.spoken()}"
        findings.error("contradiction", limits.place, message)
    return Age(path, zone, at_least, less_than)


def _rough(duration: Duration) -> int:
    return (duration.months * 30 + duration.days) * 86_400 + duration.seconds


def zone_of(root: Table, findings: Findings) -> ZoneInfo:
    """The time zone that a file names; UTC where it names none, or none there is."""
    node, name = root.get("time_zone"), word(root, "time_zone") or "UTC"
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        near = did_you_mean(name, available_timezones())
        place = node.place if node else root.place
        hint = "names look like Europe/Vienna or America/New_York"
        findings.error("unknown-time-zone", place, f"there is no time zone {quoted(name)}{near}", hint)
        return ZoneInfo("UTC")
