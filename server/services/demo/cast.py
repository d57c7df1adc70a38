"""The people of the story, invented from pools of names."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from unicodedata import normalize

from server.services.demo.chance import Chance
from server.services.demo.story import Chapter, Story


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody invented. ``site``: the key of the partner site the person belongs to, None where there is none."""

    first: str
    last: str
    role: str
    email: str
    external_id: str | None
    site: str | None

    @property
    def name(self) -> str:
        """The full name."""
        return f"{self.first} {self.last}"

    def words(self) -> dict[str, str]:
        """The words that the story's patterns are filled with."""
        return {**_folded(self.first, self.last), "name": self.name, "site": self.site or ""}


class Cast:
    """Invents one person after the other; no two of a program share a name or an address."""

    __slots__ = ("_chance", "_chapter", "_counts", "_emails", "_sites", "_story")

    def __init__(self, story: Story, chapter: Chapter, chance: Chance) -> None:
        self._story = story
        self._chapter = chapter
        self._chance = chance
        self._sites: Mapping[str | None, float] = {site.key: site.share for site in chapter.sites} or {None: 1}
        self._counts: Counter[str] = Counter()
        self._emails: set[str] = set()

    def invent(self, role: str) -> Person:
        """A new person of this role."""
        first, last, email = self._unused()
        self._emails.add(email)
        self._counts[role] += 1
        pattern = self._chapter.external_ids.get(role)
        external_id = pattern.format(number=self._counts[role]) if pattern else None
        return Person(first, last, role, email, external_id, self._chance.weighted(self._sites))

    def _unused(self) -> tuple[str, str, str]:
        while True:
            first = self._chance.pick(self._story.first_names)
            last = self._chance.pick(self._story.last_names)
            email = self._story.email.format(**_folded(first, last))
            if email not in self._emails:
                return first, last, email


def _folded(first: str, last: str) -> dict[str, str]:
    """Names as an e-mail address spells them: small letters of the Latin alphabet alone."""
    return {"first": _letters(first), "last": _letters(last)}


def _letters(name: str) -> str:
    return re.sub(r"[^a-z]", "", normalize("NFKD", name).lower())
