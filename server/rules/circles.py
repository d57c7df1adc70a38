"""Finds what leads back to itself, and how long a row is that does not."""

from collections.abc import Collection, Mapping, Sequence

Graph = Mapping[str, Collection[str]]
"""What each thing leads to; all of them are among its keys."""


def heights(leads_to: Graph) -> dict[str, int]:
    """How long the longest row is that each begins (0: it leads nowhere); without those that lead into a circle."""
    found: dict[str, int] = {}
    waiting = list(leads_to)
    while waiting:
        ready = [name for name in waiting if all(each in found for each in leads_to[name])]
        if not ready:
            break
        for name in ready:
            found[name] = 1 + max((found[each] for each in leads_to[name]), default=-1)
        waiting = [name for name in waiting if name not in found]
    return found


def circles(leads_to: Graph) -> list[tuple[str, ...]]:
    """Every circle that something leads into, each told once."""
    known = heights(leads_to)
    endless = {name: [each for each in leads_to[name] if each not in known] for name in leads_to if name not in known}
    found = (_circle(endless, name) for name in endless)
    return list({frozenset(circle): circle for circle in found}.values())


def _circle(endless: Mapping[str, Sequence[str]], start: str) -> tuple[str, ...]:
    """A circle that a thing leads into, begun with the first of its names."""
    seen: dict[str, int] = {}
    name = start
    while name not in seen:
        seen[name] = len(seen)
        name = endless[name][0]
    circle = tuple(seen)[seen[name] :]
    first = circle.index(min(circle))
    return circle[first:] + circle[:first]
