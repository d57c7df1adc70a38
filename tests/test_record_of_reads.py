"""The record of reads over HTTP: who was shown what of a minor, who came, who was refused; and never a name."""

from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr
from dataclasses import dataclass
from io import StringIO
from typing import Any

import pytest
from sqlalchemy import select

from server.domain.access import FieldClass
from server.domain.audit import AuditFilter, AuditKind, AuditRow
from server.store.database import open_store
from server.store.reads import entries_listed
from server.store.tables import audit
from tests.serving import Api, serving

CANARY = "Kanarienvogel"


@dataclass
class Club:
    """A mentor and a mentee, matched, under a server; everything about them holds the canary."""

    api: Api
    url: str
    ids: dict[str, str]
    log: StringIO

    def person(self, name: str) -> int:
        return int(self.ids[name].removeprefix("User-"))

    def ask(self, query: str, who: str = "office") -> str:
        """Asks under a request id of the test's own; gives the id."""
        headers = {"Authorization": f"Bearer {self.ids[who]}", "X-Request-Id": f"ask-{abs(hash((query, who)))}"}
        answer = self.api.http.post(f"{self.api.url}/graphql", json={"query": query}, headers=headers)
        assert answer.status_code in {200, 401}, answer.text
        return str(answer.headers["X-Request-Id"])


def register(api: Api, name: str, role: str) -> tuple[str, str]:
    made = api.do(
        "registerUser",
        "user { id personas { id } }",
        name=f"{name} {CANARY}",
        email=f"{CANARY}.{name}@example.org",
        externalId=f"{CANARY}-{name}",
        role=role,
        options={"note": f"{CANARY} note"},
    )["user"]
    api.do("finishApplication", "user { id }", userId=made["id"])
    api.do("changeUserStatus", "user { id }", userId=made["id"], to="ACTIVE", options={"note": CANARY})
    return made["id"], made["personas"][0]["id"]


@contextmanager
def founded(url: str) -> Iterator[Club]:
    with redirect_stderr(StringIO()) as log, serving(url) as api:
        (ann, hers), (eve, its) = register(api, "Ann", "MENTOR"), register(api, "Eve", "MENTEE")
        pair = api.do("matchPersonas", "match { id }", mentorPersonaId=hers, menteePersonaId=its)["match"]["id"]
        ids = {"ann": ann, "eve": eve, "pair": pair, "wrong": "mk_aaaaaaaa_aaaaaaaa"}
        for name, role, more in (
            ("office", "PROGRAM_ADMIN", {}),
            ("auditor", "AUDITOR", {}),
            ("ann's", "PARTICIPANT", {"userId": ann}),
        ):
            ids[name] = api.do("createToken", "secret", name=f"Desk of {name}", roles=[role], **more)["secret"]
        yield Club(api, url, ids, log)


def entries(url: str, **narrowed: Any) -> list[AuditRow]:
    store = open_store(url)
    rows = store.query_now(lambda session: entries_listed(session.connection, AuditFilter(**narrowed), None))
    store.close()
    return rows[::-1]


@pytest.mark.parametrize(
    ("query", "classes"),
    [
        ("{ users { nodes { id name status { label } } } }", {"public"}),
        ("{ users { nodes { email } } }", {"public", "sensitive"}),
        ("{ matches { nodes { mentee { user { name } } } } }", {"public"}),
        ('{ user(id: "USER") { history { nodes { note } } } }', {"public", "staff", "sensitive"}),
        ('{ user(email: "Kanarienvogel.Eve@example.org") { id } }', {"public"}),
        ('{ match(id: "PAIR") { status { label } } }', {"public"}),
        ("{ history { nodes { subject { id } } } }", {"public"}),
        ("{ viewer { name } programs { key } }", None),
        ("{ users(filter: {role: MENTOR}) { nodes { name email } } }", None),
        ("{ users { totalCount } }", {"public"}),
    ],
)
def test_each_request_is_entered_with_the_classes_of_the_fields_it_showed(
    query: str, classes: set[str] | None, store_url: str
) -> None:
    with founded(store_url) as club:
        asked = club.ask(query.replace("USER", club.ids["eve"]).replace("PAIR", club.ids["pair"]))
        eve = club.person("eve")
    found = [row.entry for row in entries(store_url, kind=AuditKind.READ) if row.entry.request_id == asked]
    wanted = [] if classes is None else [(eve, frozenset(FieldClass(word) for word in classes))]
    assert [(entry.person_id, entry.classes) for entry in found] == wanted


def test_who_it_was_is_told_by_token_and_person(sqlite_url: str) -> None:
    with founded(sqlite_url) as club:
        by_office = club.ask("{ users { nodes { name } } }")
        by_partner = club.ask("{ matches { nodes { mentee { user { name email } } } } }", "ann's")
        ann = club.person("ann")
    rows = {row.entry.request_id: row for row in entries(sqlite_url, kind=AuditKind.READ)}
    office, partner = rows[by_office], rows[by_partner]
    assert (office.entry.who.token_id, office.entry.who.user_id, office.who_name) == (1, None, "Desk of office")
    assert (partner.entry.who.token_id, partner.entry.who.user_id, partner.who_name) == (3, ann, f"Ann {CANARY}")
    assert partner.entry.classes == {FieldClass.PUBLIC}


def test_sign_ins_and_refusals_are_entered_once_with_what_was_asked(sqlite_url: str) -> None:
    with founded(sqlite_url) as club:
        for _ in range(3):
            club.ask("{ viewer { name } }", "auditor")
            club.ask("{ viewer { name } }", "wrong")
        site = 'mutation { other: addSite(input: {key: "x", name: "X"}) { site { id } } }'
        first = club.ask(site, "auditor")
        change = f'mutation {{ changeUserStatus(input: {{userId: "{club.ids["eve"]}", to: "INACTIVE_WITHDRAWN"}})'
        club.ask(f"{change} {{ userErrors {{ code }} }} }}", "auditor")
    rows = entries(sqlite_url)
    came = [row.entry.who.token_id for row in rows if row.entry.kind is AuditKind.SIGN_IN]
    assert came == [2]
    refused = [row.entry for row in rows if row.entry.kind is AuditKind.REFUSAL]
    assert [(entry.code, entry.detail, entry.who.token_id, entry.times) for entry in refused] == [
        ("UNAUTHENTICATED", "not a token of ours", None, 1),
        ("NOT_PERMITTED", "addSite", 2, 1),
        ("NOT_PERMITTED", "withdraw User-2", 2, 1),
        ("UNAUTHENTICATED", "not a token of ours", None, 2),
    ]
    assert refused[1].request_id == first


def test_no_name_address_nor_note_is_in_the_record_or_in_the_log(store_url: str) -> None:
    with founded(store_url) as club:
        for who in ("office", "auditor", "ann's", "wrong"):
            club.ask("{ users { nodes { name email externalId history { nodes { note actorName } } } } }", who)
    store = open_store(store_url)
    rows = store.query_now(lambda session: session.connection.execute(select(audit)).all())
    store.close()
    assert len(rows) == 10
    assert CANARY not in str(rows)
    assert "started" in club.log.getvalue()
    assert CANARY not in club.log.getvalue()
