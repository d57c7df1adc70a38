"""An example program on its stage: a server process with its rules, time that the test moves, a token per person."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from server.delivery_settings import DeliverySettings
from tests.processes import PATIENCE_SECONDS, call, served
from tests.serving import ROOT, Api

MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)

_SEEN = """query($id: ID!) { node(id: $id) { ... on Subject {
  statuses { machine status { key } } fields { key values }
  availableTransitions(includeBlocked: true) { transition { key } subject { id } allowed blockers { code } } } } }"""
_TOLD = """query($program: String, $id: ID) { messages(program: $program, filter: {recipientId: $id}) {
  nodes { template title body } } }"""
_RECORDS = """query($program: String, $filter: RecordFilter) { records(program: $program, filter: $filter) {
  nodes { id } } }"""
_ADVANCE = "mutation($to: DateTime!) { advanceClock(to: $to) { now } }"
_RUN = "mutation($program: String) { runDue(program: $program) { subject { id } transition } }"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with a token of their own; of whoever works for the program ``user`` and ``persona`` are empty."""

    program: str
    api: Api
    user: str = ""
    persona: str = ""

    def press(self, transition: str, subject: str, partner: str | None = None, **answers: str) -> str:
        """Presses a button that is offered; the id of what it was about, or of what it made."""
        assert transition in self.buttons(subject), (transition, self.blockers(subject))
        done = self._perform(transition, subject, partner, answers)
        assert done["userErrors"] == [], done["userErrors"]
        return str((done["created"] or [done["subject"]])[0]["id"])

    def refused(self, transition: str, subject: str, partner: str | None = None, **answers: str) -> list[str]:
        """The codes of what stands in the way when it is tried all the same."""
        errors = self._perform(transition, subject, partner, answers)["userErrors"]
        return [reason["code"] for error in errors for reason in error.get("blockers") or [error]]

    def buttons(self, subject: str) -> set[str]:
        """What can be pressed now."""
        return {key for key, codes in self.blockers(subject).items() if not codes}

    def blockers(self, subject: str) -> dict[str, list[str]]:
        """Each button of a record, with the codes of what blocks it."""
        offers = [each for each in self.sees(subject)["availableTransitions"] if each["subject"]["id"] == subject]
        return {each["transition"]["key"]: [blocker["code"] for blocker in each["blockers"]] for each in offers}

    def sees(self, subject: str) -> dict[str, Any]:
        """What is seen of a record; nothing of it where it is hidden."""
        return self.api.run(_SEEN, id=subject)["node"] or {"statuses": [], "fields": [], "availableTransitions": []}

    def status(self, subject: str, machine: str = "pair_status") -> str | None:
        held = {each["machine"]: each["status"]["key"] for each in self.sees(subject)["statuses"]}
        return held.get(machine)

    def field(self, subject: str, key: str) -> list[str]:
        """What is in a field; nothing where it is empty or hidden."""
        return next((each["values"] for each in self.sees(subject)["fields"] if each["key"] == key), [])

    def fill(self, subject: str, **values: str) -> None:
        given = [{"key": key, "value": value} for key, value in values.items()]
        self.api.do("updateFields", "subject { id }", subjectId=subject, fields=given)

    def records(self, kind: str, about: str) -> list[str]:
        """The records of a kind that are seen and linked to a record, in creation order."""
        wish = {"kindIn": [kind], "aboutId": about}
        found = self.api.run(_RECORDS, program=self.program, filter=wish)["records"]["nodes"]
        return [node["id"] for node in found]

    def told(self) -> list[str]:
        """Which messages this person was sent so far."""
        nodes = self.api.run(_TOLD, program=self.program, id=self.user or None)["messages"]["nodes"]
        return [node["template"] for node in nodes]

    def _perform(self, transition: str, subject: str, partner: str | None, answers: dict[str, str]) -> dict[str, Any]:
        wish: dict[str, Any] = {"transition": transition, "subjectId": subject, "answers": _pairs(answers)}
        if partner is not None:
            wish["partnerId"] = partner
        return self.api.act("performTransition", "subject { id } created { id }", **wish)


@dataclass(frozen=True, slots=True)
class Stage:
    """A served program. ``owner``: may do everything; ``member``: the actor that people with a persona are."""

    program: str
    owner: Api
    member: str
    folder: Path
    environment: dict[str, str]

    def staff(self, role: str) -> Person:
        """Somebody who works for the program."""
        return Person(self.program, self._signed_in(role, role))

    def register(self, by: Api, name: str, role: str, confirm: Sequence[str] = (), /, **more: Any) -> None:
        """Registers somebody, or themselves where ``by`` has no token.

        ``more``: ``answers`` and ``fields`` by key, ``transition`` for another way in, ``partnerSite``.
        """
        wish = {"program": self.program, "role": role, "name": name, "email": f"{name.lower()}@example.org"}
        given = {key: _pairs(value) if isinstance(value, dict) else value for key, value in more.items()}
        by.do("registerUser", "user { id }", **wish, **given, options={"confirm": list(confirm)})

    def joined(self, name: str, role: str | None = None) -> Person:
        """A person who is registered, with a token that stands for them; ``role``: if they are no mere member."""
        query = (
            "query($program: String, $email: String) { user(program: $program, email: $email) { id personas { id } } }"
        )
        user = self.owner.run(query, program=self.program, email=f"{name.lower()}@example.org")["user"]
        return Person(
            self.program, self._signed_in(name, role or self.member, user["id"]), user["id"], user["personas"][0]["id"]
        )

    def now(self) -> datetime:
        return datetime.fromisoformat(self.owner.run("{ clock { now } }")["clock"]["now"])

    def later(self, time: timedelta) -> list[tuple[str, str]]:
        """Lets time pass, and carries out what fell due in it: record and transition."""
        return self.until(self.now() + time)

    def until(self, moment: datetime) -> list[tuple[str, str]]:
        """Lets time pass up to a moment; see :meth:`later`."""
        self.owner.run(_ADVANCE, to=moment.isoformat())
        done = self.owner.run(_RUN, program=self.program)["runDue"]
        return [(change["subject"]["id"], change["transition"]) for change in done]

    def deliver(self) -> None:
        """Sends out the messages that wait."""
        given = {**self.environment, "MATCHKEEPER_TEST_CLOCK": self.now().isoformat()}
        done = call("messages", "deliver", folder=self.folder, **given)
        assert done.returncode == 0, done.stderr

    def _signed_in(self, name: str, role: str, user: str | None = None) -> Api:
        wish = {"name": name, "roles": [role], "program": self.program, "userId": user}
        return self.owner.as_(str(self.owner.do("createToken", "secret", **wish)["secret"]))


@contextmanager
def staged(
    example: str, folder: Path, *, member: str, program: str | None = None, delivery: DeliverySettings | None = None
) -> Iterator[Stage]:
    """Serves ``examples/<example>`` on a fresh database in the folder, with time standing still on a Monday."""
    given = {
        "RULES": str(ROOT / "examples" / example / "transitions.yaml"),
        "DATABASE_URL": f"sqlite:///{folder / 'stage.db'}",
        "TEST_CLOCK": MONDAY.isoformat(),
        "REQUIRE_AUTH": "1",
        "SCHEDULER": "0",
        **(delivery or DeliverySettings()).environment(),
    }
    environment = {f"MATCHKEEPER_{name}": value for name, value in given.items()}
    with served(folder, **environment) as server, httpx.Client(timeout=PATIENCE_SECONDS) as http:
        made = call(
            "token", "create", "--name", "Owner", "--role", "SUPER_ADMIN", "--json", folder=folder, **environment
        )
        assert made.returncode == 0, made.stderr
        owner = Api(server.origin, http, json.loads(made.stdout)["secret"])
        yield Stage(program or example, owner, member, folder, environment)


def _pairs(values: dict[str, str]) -> list[dict[str, str]]:
    return [{"key": key, "value": value} for key, value in values.items()]
