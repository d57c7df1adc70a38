"""Who takes part: the actors who press buttons, and the roles that personas stand for."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ActorRole:
    """Somebody who may press buttons.

    ``scope``: whose records (all, program, site, self); whoever is not signed in has the scope none. ``sees``: the
    classes of field shown to them on these records (public, staff, sensitive).
    """

    key: str
    label: str
    scope: str
    sees: frozenset[str] = frozenset({"public"})


@dataclass(frozen=True, slots=True)
class Role:
    """Whom a persona stands for.

    ``open_pairs``: how many open pairs it may have at once; None is no limit, a text is the field of the
    persona that says it (an empty one means none at all).

    ``minor``: its people are, as a rule, under age; who reads their records is recorded.
    """

    key: str
    label: str
    open_pairs: int | str | None
    has_site_list: bool
    minor: bool = False
