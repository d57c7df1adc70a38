"""People and sites: the acts that bring them in, place them and correct what is known of them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from server.domain.access import Sight
from server.domain.actors import Caller
from server.domain.commands import Applied, Options, Registration
from server.domain.errors import AlreadyExistsError, NotPermittedError
from server.domain.people import NewPersona, NewUser, Site, User
from server.domain.vocabulary import MATCH_STATUS, USER_STATUS, Acts
from server.engine.facts import Kind, Ref
from server.engine.plan import Problem, Request
from server.services.access import program_named, reach_of, roles_in, together
from server.services.acts import (
    OpenAct,
    locked,
    note_problems,
    option_problems,
    quiet_plan,
    require_act,
    require_none,
    require_role,
)
from server.services.beginnings import begin
from server.services.changes import transition_of
from server.services.details import Details, may_lack_email, person_problems, site_problems, site_ref, tidy
from server.services.once import Doing
from server.services.records import Reached, load_persona, load_user, reached
from server.services.refusals import decided
from server.services.registering import register
from server.services.rulebook import Rulebook
from server.store.sessions import Session
from server.store.unit_of_work import UnitOfWork

Edits = Mapping[str, str | None]
"""What was sent to be changed, by field; what is absent stays, None clears."""


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a persona goes: the key of a partner site and the name of a mentor site list."""

    partner_site: str | None = None
    mentor_site_list: str | None = None


class People:
    """Acts on people that change no status by themselves, or only bring one about by beginning."""

    __slots__ = ("_clock", "_rulebook")

    def __init__(self, rulebook: Rulebook, clock: Callable[[], datetime]) -> None:
        self._rulebook = rulebook
        self._clock = clock

    def register(self, session: Session, caller: Caller, person: Registration, options: Options) -> Applied:
        """Brings a person in by a transition of the rules; see :mod:`server.services.registering`."""

        def act(work: UnitOfWork) -> Applied:
            return register(work, self._rulebook, caller, person, options=options, now=self._clock())

        doing = self._doing(caller, options)
        try:
            return doing.act(session, act)
        except AlreadyExistsError:  # somebody was faster: now the person is known
            return doing.act(session, act)

    def add_persona(
        self, session: Session, caller: Caller, user: Ref, role: str, placement: Placement, *, options: Options
    ) -> Applied:
        """Adds a persona to a user, in the statuses that the rules start with."""

        def act(work: UnitOfWork) -> Applied:
            found = reached(work, self._rulebook, caller, user)
            transition = transition_of(found.ruleset, Acts.ADD_PERSONA)
            doing, reach = self._begin_on(work, caller, found, transition.allow, options)
            details = Details(work, doing.program_id, doing.ruleset, reach)
            site, placing = details.placement(role, placement.partner_site, placement.mentor_site_list)
            placed = site_ref(site)
            facts = locked(doing, user, *placed)
            request = Request(
                transition.id,
                user,
                doing.roles,
                role=role,
                confirmed=options.confirm,
                effective_at=options.effective_at,
                actor=doing.actor,
                site=next(iter(placed), None),
            )
            plan = decided(doing, request, facts, (*placing, *note_problems(options)))
            persona = NewPersona(site, tidy(placement.mentor_site_list))
            return doing.write(transition.id, plan, details={made.ref: persona for made in plan.creations})

        return self._doing(caller, options).act(session, act)

    def update_user(self, session: Session, caller: Caller, user: Ref, edits: Edits, options: Options) -> Applied:
        """Corrects name, e-mail or external id."""

        def act(work: UnitOfWork) -> Applied:
            doing, _ = self._begin_act(work, caller, user, Acts.UPDATE_USER, options)
            require_none(_nothing(edits, "name", "email", "externalId"))
            locked(doing, user)
            person = load_user(work, user)
            require_none(erased(person))
            wanted = {key: tidy(value) for key, value in edits.items()}
            new = NewUser(
                wanted.get("name", person.name) or "",
                wanted.get("email", person.email),
                wanted.get("external_id", person.external_id),
            )
            details = Details(work, person.program_id, doing.ruleset)
            insists = "email" in edits and not may_lack_email(doing.ruleset)
            problems = person_problems(details, new, email_required=insists, own_id=user.id)
            require_none((*problems, *option_problems(options, doing.now)))
            if not options.dry_run:
                work.edit_user(user.id, name=new.name, email=new.email, external_id=new.external_id)
            plan = quiet_plan(doing.ruleset, Acts.UPDATE_USER, user, USER_STATUS, person.user_status)
            return doing.write(Acts.UPDATE_USER, plan, answers={"changed": ", ".join(sorted(wanted))})

        return self._doing(caller, options).act(session, act)

    def place_persona(self, session: Session, caller: Caller, persona: Ref, edits: Edits, options: Options) -> Applied:
        """Puts a persona on a partner site and a mentor site list."""

        def act(work: UnitOfWork) -> Applied:
            doing, reach = self._begin_act(work, caller, persona, Acts.PLACE_PERSONA, options)
            require_none(_nothing(edits, "partnerSite", "mentorSiteList"))
            locked(doing, persona)
            placed = load_persona(work, persona)
            details = Details(work, placed.program_id, doing.ruleset, reach)
            site, placing = details.placement(placed.role, edits.get("partner_site"), edits.get("mentor_site_list"))
            if "partner_site" in edits and placed.site_id is not None:
                text = "Who works for the whole program takes people off a site. Give one of yours."
                placing += details.own_site(edits["partner_site"], where=text)
            require_none((*placing, *option_problems(options, doing.now)))
            listed = tidy(edits.get("mentor_site_list"))
            if not options.dry_run:
                work.edit_persona(
                    persona.id,
                    site_id=site if "partner_site" in edits else placed.site_id,
                    mentor_site_list=listed if "mentor_site_list" in edits else placed.mentor_site_list,
                )
            plan = quiet_plan(doing.ruleset, Acts.PLACE_PERSONA, persona, MATCH_STATUS, placed.match_status)
            return doing.write(Acts.PLACE_PERSONA, plan, answers={key: value or "" for key, value in edits.items()})

        return self._doing(caller, options).act(session, act)

    def add_site(self, session: Session, caller: Caller, program_key: str | None, key: str, name: str) -> Site:
        """Adds a partner site to a program."""
        program = program_named(self._rulebook, caller, program_key)

        def act(work: UnitOfWork) -> Site:
            doing, reach = self._begin(work, caller, program.id, Acts.ADD_SITE, Options())
            if not reach.whole:
                raise NotPermittedError("Sites are added by whoever works for the whole program. Ask them to add it.")
            require_none(site_problems(work, program.id, key, name))
            if doing.ruleset.machines_of(Kind.SITE):  # whatever begins does so one after the other
                work.hold([Ref(Kind.PROGRAM, program.id)])
            site = work.add_site(doing.row(Acts.ADD_SITE, Kind.SITE), key, name.strip())
            begin(work, doing.ruleset, program.id, doing.now)
            return site

        return session.act(act)

    def _doing(self, caller: Caller, options: Options) -> Doing:
        return Doing(self._rulebook, caller, options, self._clock)

    def _begin(
        self, work: UnitOfWork, caller: Caller, program_id: int, act: str, options: Options
    ) -> tuple[OpenAct, Sight]:
        """An act that brings something new into a program, and how far the roles reach that may do it."""
        ruleset = self._rulebook.ruleset(program_id)
        reaches = roles_in(ruleset, caller, program_id)
        may = require_act(ruleset, reaches, act)
        doing = OpenAct(work, program_id, ruleset, caller, self._clock(), options, frozenset(reaches))
        return doing, together(reaches[role] for role in may)

    def _begin_act(
        self, work: UnitOfWork, caller: Caller, ref: Ref, act: str, options: Options
    ) -> tuple[OpenAct, Sight]:
        """An act on a record, and how far the roles reach that may do it."""
        found = reached(work, self._rulebook, caller, ref)
        return self._begin_on(work, caller, found, found.ruleset.acts.get(act, frozenset()), options)

    def _begin_on(
        self, work: UnitOfWork, caller: Caller, found: Reached, allowed: frozenset[str], options: Options
    ) -> tuple[OpenAct, Sight]:
        """The same for whatever only some may do."""
        ruleset, program_id = found.ruleset, found.program_id
        may = require_role(ruleset, found.roles, allowed)
        doing = OpenAct(work, program_id, ruleset, caller, self._clock(), options, found.roles)
        return doing, together(reach_of(ruleset, caller, program_id, role) for role in may)


def erased(person: User) -> tuple[Problem, ...]:
    """Whoever was erased stays so: who comes back is somebody new."""
    text = "This person was erased, and nothing more is entered about them. Register whoever comes back anew."
    return () if person.erased_at is None else (Problem(("subject",), text),)


def _nothing(edits: Edits, *names: str) -> tuple[Problem, ...]:
    return () if edits else (Problem((), f"Nothing is to be changed: send at least one of {', '.join(names)}."),)
