"""How far somebody's sight reaches, and what of a record they may see."""

from dataclasses import dataclass
from enum import StrEnum


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
    """What somebody sees of one program in full.

    ``whole``: every record. Otherwise the records of people who belong to one of ``site_ids``, and the
    own records of ``user_id``. A person belongs to the site of the last placed persona of each role.
    """

    whole: bool = False
    site_ids: frozenset[int] = frozenset()
    user_id: int | None = None

    @property
    def nothing(self) -> bool:
        """Whether there is nothing to see at all."""
        return not self.whole and not self.site_ids and self.user_id is None


EVERYTHING = Sight(whole=True)
"""The sight of whoever sees every record of a program."""
