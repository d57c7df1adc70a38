"""Checks what is written of people and sites beside their statuses."""

import re

from server.domain.access import EVERYTHING, Sight
from server.domain.people import NewUser, Site
from server.engine.facts import Kind, Ref
from server.engine.plan import Problem
from server.engine.ruleset import Ruleset
from server.services.spelling import suggestion
from server.store.programs import site_by_key, sites
from server.store.unit_of_work import UnitOfWork
from server.store.users import user_by_email, user_by_external_id

NAME_LIMIT = 200
EMAIL_LIMIT = 254
KEY_LIMIT = 64
LIST_LIMIT = 100

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
_SITE_KEY = re.compile(r"[a-z0-9][a-z0-9_-]*")


def site_ref(site_id: int | None) -> tuple[Ref, ...]:
    """The site as decisions name it; none: there is none."""
    return () if site_id is None else (Ref(Kind.SITE, site_id),)


class Details:
    """Looks details up in one program. ``reach``: the sites at which the caller may place people."""

    __slots__ = ("_connection", "_program", "_reach", "_rules")

    def __init__(self, work: UnitOfWork, program_id: int, ruleset: Ruleset, reach: Sight = EVERYTHING) -> None:
        self._connection = work.connection
        self._program = program_id
        self._rules = ruleset
        self._reach = reach

    def placement(
        self, role: str, partner_site: str | None, mentor_site_list: str | None
    ) -> tuple[int | None, tuple[Problem, ...]]:
        """The id of the site, and what is wrong with where a persona is to be put."""
        problems = []
        found = None
        if partner_site is not None:
            found = site_by_key(self._connection, self._program, partner_site)
            if found is not None and not self._reaches(found):
                found = None
            if found is None:
                problems.append(Problem(("partner_site",), self._no_site(partner_site)))
        if mentor_site_list is not None and not self._rules.roles[role].has_site_list:
            label = self._rules.roles[role].label
            problems.append(Problem(("mentor_site_list",), f"A {label.lower()} is on no site list: leave it out."))
        if mentor_site_list is not None and len(mentor_site_list) > LIST_LIMIT:
            problems.append(_too_long(("mentor_site_list",), "The name of a list", LIST_LIMIT))
        return found.id if found else None, tuple(problems)

    def own_site(self, partner_site: str | None, *, where: str) -> tuple[Problem, ...]:
        """What is wrong with leaving the site out: who does not reach the whole program stays at their own.

        ``where`` says for people what lacks the site.
        """
        if self._reach.whole or partner_site is not None:
            return ()
        return (Problem(("partner_site",), f"{where} {suggestion('', self._own_keys())}"),)

    def _reaches(self, site: Site) -> bool:
        return self._reach.whole or site.id in self._reach.site_ids

    def _no_site(self, key: str) -> str:
        """The same for a site that does not exist and for one that is somebody else's."""
        if self._reach.whole:
            known = [site.key for site in sites(self._connection, self._program)]
            return f"There is no site {key}. {suggestion(key, known)} addSite adds one."
        return f"There is no site {key} where you may place people. {suggestion(key, self._own_keys())}"

    def _own_keys(self) -> list[str]:
        return [site.key for site in sites(self._connection, self._program) if self._reaches(site)]

    def email_taken(self, email: str, own_id: int | None) -> bool:
        """Whether somebody else in the program has this address, whatever its case."""
        owner = user_by_email(self._connection, self._program, email)
        return owner is not None and owner.id != own_id

    def external_id_taken(self, external_id: str, own_id: int | None) -> bool:
        """Whether somebody else in the program has this external id."""
        owner = user_by_external_id(self._connection, self._program, external_id)
        return owner is not None and owner.id != own_id


def may_lack_email(ruleset: Ruleset) -> bool:
    """Whether there is a way into the program without an e-mail address."""
    return any(each.intake is not None and not each.intake.needs_email for each in ruleset.transitions.values())


def person_problems(
    details: Details, person: NewUser, *, email_required: bool, own_id: int | None = None
) -> tuple[Problem, ...]:
    """Everything wrong with a person's name, e-mail address and external id.

    That an address or an id is taken is told, also to who may not see whose it is: hiding it would make
    two accounts of one person. Nothing else of that person is told.
    """
    found = [
        *_name_problems(person.name),
        *_email_problems(details, person.email, email_required, own_id),
    ]
    external_id = person.external_id
    if external_id and len(external_id) > KEY_LIMIT:
        found.append(_too_long(("external_id",), "The external id", KEY_LIMIT))
    elif external_id and details.external_id_taken(external_id, own_id):
        text = f"Somebody in this program already has the external id {external_id}."
        found.append(Problem(("external_id",), text, "ALREADY_EXISTS"))
    return tuple(found)


def _name_problems(name: str) -> list[Problem]:
    if not name.strip():
        return [Problem(("name",), "Please give a name.")]
    return [_too_long(("name",), "A name", NAME_LIMIT)] if len(name) > NAME_LIMIT else []


def _email_problems(details: Details, email: str | None, required: bool, own_id: int | None) -> list[Problem]:
    if email is None:
        return [Problem(("email",), "Please give an e-mail address.")] if required else []
    if len(email) > EMAIL_LIMIT or not _EMAIL.fullmatch(email):
        return [Problem(("email",), "This is not an e-mail address; write it as name@example.org.")]
    if details.email_taken(email, own_id):
        text = "Somebody in this program already has this e-mail address. Look them up, or use another address."
        return [Problem(("email",), text, "ALREADY_EXISTS")]
    return []


def tidy(value: str | None) -> str | None:
    """Free text without blank ends; blank is nothing."""
    return (value or "").strip() or None


def site_problems(work: UnitOfWork, program_id: int, key: str, name: str) -> tuple[Problem, ...]:
    """Everything wrong with a new site."""
    found = _name_problems(name)
    if len(key) > KEY_LIMIT or not _SITE_KEY.fullmatch(key):
        text = f"A key has lower-case letters, digits, - and _, at most {KEY_LIMIT}: lincoln_school."
        found.append(Problem(("key",), text))
    elif site_by_key(work.connection, program_id, key) is not None:
        found.append(Problem(("key",), f"There is already a site {key}. Choose another key.", "ALREADY_EXISTS"))
    return tuple(found)


def _too_long(path: tuple[str, ...], what: str, limit: int) -> Problem:
    return Problem(path, f"{what} may have at most {limit} characters.")
