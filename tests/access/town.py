"""Two sites and a second program, with somebody in every situation at each, and a token for every role."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from shutil import copyfile

from server.domain.commands import Applied, Options, Registration
from server.domain.filters import MessageFilter, Window
from server.domain.ids import MESSAGE, TOKEN, GlobalId, id_of
from server.domain.messages import NewMessage
from server.domain.vocabulary import MENTEE, MENTOR
from server.engine.facts import Kind, Ref
from server.engine.ruleset import OWNER
from server.rules.loader import load_text
from server.services.clock import SetClock
from server.services.token_wishes import TokenWish
from server.services.tokens import Issued, Tokens
from server.store.messages import append_messages, messages_page
from server.store.sessions import Store
from server.store.unit_of_work import UnitOfWork
from tests.services.school import ANYBODY, Person, School

PLACES = {"north": "default", "south": "default", "abroad": "post_secondary"}
MISSING = 9999
SHIPPED = Path(__file__).parents[2] / "rules"
OTHER = "post_secondary"
OVERLAY = SHIPPED / "programs" / f"{OTHER}.yaml"
OPEN = """
  apply: {machine: user_status, label: Apply, creates: user, to: APPLICATION_INCOMPLETE, allow: [ANYONE]}

  # --- User Status"""
NOTES = """
machines:
  note_status: {label: Note, owner: note, start: TAKEN, statuses: {TAKEN: {label: Taken, category: STEP}}}
"""
TAKE = """
transitions:
  take_note: {machine: note_status, label: Take a note, creates: note, to: TAKEN, allow: [PROGRAM_ADMIN]}
"""
TEXT = (
    (SHIPPED / "transitions.yaml")
    .read_text(encoding="utf-8")
    .replace("\nroles:", "  ANYONE: {label: Anybody, scope: none}\nroles:", 1)
    .replace("\n  # --- User Status", OPEN, 1)
    .replace("\nmachines:\n", NOTES, 1)
    .replace("\ntransitions:\n", TAKE, 1)
    + """
fields:
  shirt: {of: user, label: Size of shirt, type: text, sees: staff, allow: [PROGRAM_ADMIN, SITE_STAFF]}
kinds:
  note: {label: Note, of: {about: user}}
"""
)
"""The shipped rules with a field, a further kind of record, and a way in for strangers: they have none."""


def rules_in(folder: Path) -> Path:
    """Writes the rules of the town into a folder."""
    (folder / "programs").mkdir()
    copyfile(OVERLAY, folder / "programs" / OVERLAY.name)
    (folder / "transitions.yaml").write_text(TEXT, encoding="utf-8")
    return folder / "transitions.yaml"


ROLES = (
    "SUPER_ADMIN",
    "PROGRAM_ADMIN",
    "SITE_STAFF",
    "PARTNER_ADMIN",
    "MENTOR",
    "MENTEE",
    "AUDITOR",
    "SERVICE",
    "STRANGER",
    "NOBODY",
)
"""Who asks. SERVICE: an account of no person. STRANGER: the administrator of another program."""


@dataclass(frozen=True)
class Records:
    """What operations are tried on in one place, by what it is ready for; ids as the API has them."""

    ids: Mapping[str, str]
    program: str
    site: str

    def __getitem__(self, what: str) -> str:
        return self.ids[what]


class Town(School):
    """The school's people (bob of north and sid of south are matched across), and the folk of each place."""

    rules = load_text(TEXT, "transitions.yaml", {OTHER: OVERLAY.read_text(encoding="utf-8")}).rulesets

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self.act(self.people.add_site, "post_secondary", "abroad", "Abroad")
        self._tokens = Tokens(self.book, SetClock(self.now), secrets.token_bytes)
        self.places = {place: self._records(place) for place in PLACES}
        self.tokens = {role: self._token(role).secret for role in ROLES if role != "NOBODY"}
        self.sides = {"MENTOR": self._side(self.bob), "MENTEE": self._side(self.sid)}

    def come(self, name: str, role: str, place: str) -> tuple[Ref, Ref]:
        """A new applicant of a place: the person and the persona."""
        wish = Registration(
            role, f"{name.title()} {place.title()}", f"{name}.{place}@example.org",
            program=PLACES[place], external_id=f"{place}-{name}", partner_site=place,
        )  # fmt: skip
        user, persona = self.act(self.people.register, wish, Options()).created
        return user, persona

    def active(self, name: str, role: str, place: str) -> tuple[Ref, Ref]:
        """A new person who is Active and waits for a match."""
        user, persona = self.come(name, role, place)
        for transition in ("finish_application", "activate"):
            self.perform(transition, user)
        return user, persona

    def pair(self, name: str, place: str) -> tuple[Ref, Ref, Ref]:
        """A new match, with the personas of both sides."""
        _, mentor = self.active(f"{name}-mentor", MENTOR, place)
        _, mentee = self.active(f"{name}-mentee", MENTEE, place)
        return self.perform("match", mentor, partner=mentee).created[0], mentor, mentee

    def closed(self, name: str, place: str, rematch: str) -> tuple[Ref, Applied]:
        """A closed match, and what its closing did."""
        match, *_ = self.pair(name, place)
        answers = {"close_reason": "MENTOR_INITIATED", "mentor_rematch": rematch, "mentee_rematch": rematch}
        return match, self.perform("close_match", match, answers=answers)

    def _records(self, place: str) -> Records:
        applicant, _ = self.come("applicant", MENTOR, place)
        screened, _ = self.come("screened", MENTOR, place)
        self.perform("finish_application", screened)
        active, waiting = self.active("waiting", MENTOR, place)
        _, mentee = self.active("mentee", MENTEE, place)
        gone, _ = self.active("gone", MENTOR, place)
        self.perform("withdraw", gone)
        _, aside = self.active("aside", MENTEE, place)
        self.perform("not_matching", aside)
        _, idle = self.active("idle", MENTOR, place)
        self.perform("inactivate_persona", idle)
        open_pair, *_ = self.pair("open", place)
        over, closing = self.closed("over", place, "YES")
        back = self._role(closing, MENTOR)
        self.act(self.people.place_persona, back, {"partner_site": place}, Options())
        _, done = self.closed("done", place, "NO")
        found = {
            "applicant": applicant, "screened": screened, "active": active, "gone": gone, "done": self._person(done),
            "waiting": waiting, "mentee": mentee, "waiting_mentee": mentee, "aside": aside, "idle": idle,
            "rescreening": back, "open": open_pair, "over": over,
        }  # fmt: skip
        ids = {what: id_of(ref) for what, ref in found.items()}
        change = closing.changes[0].id
        more = {"change": f"StatusChange-{change}", "site": self._site_id(place), "token": self._guest(place)}
        more["message"] = self.tell(active, active, PLACES[place], change)
        more["note"] = self.note(active)
        named = {"email": f"waiting.{place}@example.org", "external_id": f"{place}-waiting"}
        return Records({**ids, **more, **named}, PLACES[place], place)

    def tell(self, about: Ref, whom: Ref, program: str, cause: int) -> str:
        """The id of a message about a record, to a person."""
        home = next(each.id for each in self.book.programs if each.key == program)
        new = NewMessage("news", "webhook", about, cause, "Hello.", recipient_id=whom.id)

        def write(work: UnitOfWork) -> None:
            append_messages(work.connection, home, [new], self.now)

        self.store.mutate_now(lambda session: session.act(write))
        mine = MessageFilter(recipient_id=whom.id)
        page = self.store.query_now(lambda session: messages_page(session.connection, home, mine, Window(1)))
        return str(GlobalId(MESSAGE, page.rows[0].id))

    def note(self, about: Ref) -> str:
        """The id of a record of a further kind about a person."""
        return id_of(self.perform("take_note", about).created[0])

    def _role(self, done: Applied, role: str) -> Ref:
        personas = self.read(ANYBODY, lambda read: read.personas([ref.id for ref in done.created]))
        return next(Ref(Kind.PERSONA, row.id) for row in personas.values() if row.role == role)

    def _person(self, done: Applied) -> Ref:
        """The mentor of a match that was closed."""
        match = self.read(ANYBODY, lambda read: read.matches([done.changes[0].subject_id]))
        mentor = next(iter(match.values())).mentor_id
        persona = self.read(ANYBODY, lambda read: read.personas([mentor]))[mentor]
        return Ref(Kind.USER, persona.user_id)

    def _site_id(self, place: str) -> str:
        program = next(p.id for p in self.book.programs if p.key == PLACES[place])
        site = self.read(ANYBODY, lambda read: read.site(program, place))
        assert site is not None
        return f"Site-{site.id}"

    def _side(self, person: Person) -> Records:
        """One side of the match across: a person who is in no other situation."""
        ids = dict.fromkeys(("applicant", "screened", "active", "gone", "done"), id_of(person.user))
        ids |= dict.fromkeys(("waiting", "waiting_mentee", "aside", "idle", "rescreening"), id_of(person.persona))
        site = "north" if person is self.bob else "south"
        ids |= {"open": id_of(self.across), "over": id_of(self.across), "site": self._site_id(site)}
        ids["message"] = self.tell(self.across, person.user, "default", 1)
        ids["note"] = self.note(person.user)
        name = "bob" if site == "north" else "sid"
        return Records({**ids, "email": f"{name}@example.org", "external_id": f"no-{name}"}, "default", site)

    def _token(self, role: str) -> Issued:
        wishes = {
            "SUPER_ADMIN": TokenWish("Super", (OWNER,)),
            "SITE_STAFF": TokenWish("Staff", ("SITE_STAFF",), "default", "north"),
            "PARTNER_ADMIN": TokenWish("Partner", ("PARTNER_ADMIN",), "default", "north"),
            "MENTOR": TokenWish("Bob", ("PARTICIPANT",), user_id=self.bob.user.id),
            "MENTEE": TokenWish("Sid", ("PARTICIPANT",), user_id=self.sid.user.id),
            "SERVICE": TokenWish("Importer", ("PROGRAM_ADMIN",), "default"),
            "STRANGER": TokenWish("Una", ("PROGRAM_ADMIN",), "post_secondary"),
        }
        wish = wishes.get(role, TokenWish(role.title(), (role,), "default"))
        return self.act(self._tokens.create, wish, by=ANYBODY)

    def _guest(self, place: str) -> str:
        """A token of a place, that somebody may or may not see and end."""
        wish = TokenWish(f"Guest of {place}", ("SITE_STAFF",), PLACES[place], place)
        return str(GlobalId(TOKEN, self.act(self._tokens.create, wish, by=ANYBODY).token.id))
