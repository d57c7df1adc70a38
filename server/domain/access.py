"""How far somebody's sight reaches, and what of a record they may see."""

from dataclasses import dataclass
from enum import StrEnum

from server.engine.facts import Kind, Ref


class Reach(StrEnum):
    """On whose records a role acts; the values are the words of the rules file's ``scope``.

    NONE: nobody's. It is the scope of whoever is not signed in.
    """

    ALL = "all"
    PROGRAM = "program"
    SITE = "site"
    SELF = "self"
    NONE = "none"


class FieldClass(StrEnum):
    """How private a field is; the values are the words of the rules file's ``sees``.

    ``public``: to whoever may see the record; ``staff``: what staff note about their work;
    ``sensitive``: what identifies a person or says something about them in free text.
    """

    PUBLIC = "public"
    STAFF = "staff"
    SENSITIVE = "sensitive"


@dataclass(frozen=True, slots=True)
class Sight:
    """What somebody sees of one program.

    ``whole``: every record in full. Otherwise in full the records of people who belong to one of ``site_ids``, and the
    own records of ``user_id``. A person belongs to the site of the last placed persona of each role. ``found``:
    the records that a rule lets them find besides, which they do not see in full.
    """

    whole: bool = False
    site_ids: frozenset[int] = frozenset()
    user_id: int | None = None
    found: frozenset[Ref] = frozenset()

    @property
    def nothing(self) -> bool:
        """Whether there is nothing to see at all."""
        return not self.whole and not self.site_ids and self.user_id is None and not self.found

    def found_of(self, kind: Kind) -> list[int]:
        """The numbers of the records of a kind that a rule lets them find."""
        return sorted(ref.id for ref in self.found if ref.kind is kind)


EVERYTHING = Sight(whole=True)
"""The sight of whoever sees every record of a program."""
