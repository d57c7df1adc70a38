"""Tokens through the API: who may hand out what, everything wrong at once, and what history keeps of it."""

from dataclasses import replace
from typing import Any

import pytest

from server.domain.actors import Caller
from server.domain.tokens import prefix_of
from server.store.tables import act_texts, acts, tokens
from tests.graphql.builders import START, Api

WHOLE = "token { id name prefix roles program site user { id } expiresAt lastUsedAt revokedAt } secret"
ROWS = (tokens.select(), acts.select(), act_texts.select())


def rows(api: Api) -> list[list[Any]]:
    return [api.store.query_now(lambda session, s=s: list(session.connection.execute(s))) for s in ROWS]


def program_id(api: Api, key: str = "default") -> int:
    return api.rulebook.program(key).id


def admin(api: Api, **besides: Any) -> Api:
    """The API as the administrator of the base program has it."""
    plain = Caller("Ada Admin", frozenset({"PROGRAM_ADMIN"}), program_id=program_id(api))
    return api.as_(replace(plain, **besides))


def create(api: Api, *roles: str, **given: Any) -> dict[str, Any]:
    return dict(api.do("createToken", WHOLE, **{"name": "A token", "roles": list(roles), **given}))


def errors(api: Api, *roles: str, **given: Any) -> list[tuple[str, str, list[str] | None]]:
    """What is wrong, after looking that nothing was written."""
    before = rows(api)
    payload = create(api, *roles, **given)
    assert (payload["token"], payload["secret"]) == (None, None)
    assert rows(api) == before
    return [(error["code"], error["message"], error["path"]) for error in payload["userErrors"]]


def test_the_secret_is_shown_once_and_kept_nowhere(api: Api) -> None:
    made = create(api, "SUPER_ADMIN", name="Nightly report")
    assert made["userErrors"] == []
    assert prefix_of(made["secret"]) == made["token"]["prefix"]
    assert made["token"] == {
        "id": "Token-1",
        "name": "Nightly report",
        "prefix": made["token"]["prefix"],
        "roles": ["SUPER_ADMIN"],
        "program": None,
        "site": None,
        "user": None,
        "expiresAt": None,
        "lastUsedAt": None,
        "revokedAt": None,
    }
    assert made["secret"] not in repr(rows(api))
    assert made["secret"][12:] not in repr(rows(api))


def test_a_prefix_that_is_taken_is_drawn_again(api: Api) -> None:
    drawn = iter([b"\0" * 5, b"\0" * 20, b"\0" * 5, b"\1" * 20, b"\2" * 5, b"\3" * 20])
    drawing = replace(api, random=lambda _: next(drawn))
    prefixes = [create(drawing, "SUPER_ADMIN")["token"]["prefix"] for _ in range(2)]
    assert prefixes == ["aaaaaaaa", "aibaeaqc"]


def test_making_and_ending_a_token_is_kept_in_history_without_names(api: Api) -> None:
    number = len(rows(api)[1])
    create(api, "PROGRAM_ADMIN", "AUDITOR", name="Robin's laptop")
    api.ask('mutation { revokeToken(id: "Token-1") { userErrors { code } } }')
    made, ended = rows(api)[1][number:]
    assert (made.name, made.subject_kind, made.subject_id, made.program_id) == (
        "create_token",
        "token",
        1,
        program_id(api),
    )
    assert made.answers == {"roles": "PROGRAM_ADMIN, AUDITOR"}
    assert (ended.name, ended.subject_kind, ended.subject_id) == ("revoke_token", "token", 1)
    assert "Robin" not in repr(rows(api)[1])


def test_a_revoked_token_says_since_when_and_revoking_it_again_changes_nothing(api: Api) -> None:
    create(api, "SUPER_ADMIN")
    revoke = 'mutation { revokeToken(id: "Token-1") { token { id revokedAt } userErrors { code } } }'
    first = api.ask(revoke)
    assert first["revokeToken"]["token"]["revokedAt"] == "2026-01-01T12:02:00Z"
    kept = rows(api)
    assert api.ask(revoke) == first
    assert rows(api) == kept


@pytest.mark.parametrize(
    ("roles", "program"),
    [
        (["SUPER_ADMIN"], None),
        (["PROGRAM_ADMIN"], "default"),
        (["SUPER_ADMIN", "AUDITOR"], "default"),
        (["AUDITOR", "AUDITOR"], "default"),
    ],
)
def test_without_a_program_a_token_is_for_the_base_program_or_by_its_roles_for_all(
    api: Api, roles: list[str], program: str | None
) -> None:
    made = create(api, *roles)["token"]
    assert (made["program"], made["roles"]) == (program, list(dict.fromkeys(roles)))


def test_site_and_person_imply_their_program(api: Api) -> None:
    api.done("addSite", program="post_secondary", key="campus", name="Campus")
    api.done("addSite", key="lincoln", name="Lincoln")
    robin = api.person("Robin", active=False, program="post_secondary")
    assert create(api, "SITE_STAFF", site="lincoln")["token"]["program"] == "default"
    assert create(api, "SITE_STAFF", site="campus")["token"]["program"] == "post_secondary"
    made = create(api, "PARTICIPANT", userId=robin.user)["token"]
    assert (made["program"], made["user"]) == ("post_secondary", {"id": robin.user})


def test_everything_that_is_wrong_is_told_at_once(api: Api) -> None:
    found = errors(api, "AUDITER", "SYSTEM", "SITE_STAFF", "PARTICIPANT", name=" ", expiresAt="2026-01-01T12:00:00Z")
    assert [(code, path) for code, _, path in found] == [
        ("INVALID_INPUT", ["input", "name"]),
        ("INVALID_INPUT", ["input", "roles"]),
        ("INVALID_INPUT", ["input", "roles"]),
        ("INVALID_INPUT", ["input", "site"]),
        ("INVALID_INPUT", ["input", "userId"]),
        ("INVALID_INPUT", ["input", "expiresAt"]),
    ]
    assert found[1][1].startswith("There is no role AUDITER. Did you mean AUDITOR? There are: SUPER_ADMIN, ")
    assert found[2][1] == "SYSTEM is the platform itself, and nobody's role. Leave it out."


def test_names_that_lead_nowhere_are_told_with_what_there_is(api: Api) -> None:
    api.done("addSite", key="lincoln", name="Lincoln")
    ((_, text, path),) = errors(api, "AUDITOR", program="defualt")
    assert (text, path) == (
        "There is no program defualt. Did you mean default? There are: default, post_secondary.",
        ["input", "program"],
    )
    ((_, text, path),) = errors(api, "SITE_STAFF", site="lincon")
    assert (text, path) == (
        "The program default has no site lincon. Did you mean lincoln? There are: lincoln.",
        ["input", "site"],
    )
    assert errors(api, "PARTICIPANT", userId="User-99") == [
        ("NOT_FOUND", "There is no User User-99, or you may not see it.", ["input", "userId"])
    ]
    ((code, _, path),) = errors(api, "PARTICIPANT", userId="Persona-1")
    assert (code, path) == ("INVALID_INPUT", ["input", "userId"])
    assert errors(api)[0][2] == ["input", "roles"]


def test_names_that_contradict_each_other_are_refused(api: Api) -> None:
    robin = api.person("Robin", active=False)
    ((_, text, path),) = errors(api, "PARTICIPANT", program="post_secondary", userId=robin.user)
    assert text == "This person belongs to the program default, not to post_secondary. Leave the program out."
    assert path == ["input", "program"]
    for program in (None, "post_secondary"):
        api.done("addSite", key="twice", name="Twice", **({"program": program} if program else {}))
    assert create(api, "SITE_STAFF", site="twice")["token"]["program"] == "default"


def test_a_program_administrator_hands_out_what_is_no_wider_within_the_program(api: Api) -> None:
    api.done("addSite", key="lincoln", name="Lincoln")
    robin = api.person("Robin", active=False)
    for roles, given in (
        (["PROGRAM_ADMIN"], {}),
        (["AUDITOR"], {"program": "default"}),
        (["SITE_STAFF", "PARTNER_ADMIN"], {"site": "lincoln"}),
        (["PARTICIPANT"], {"userId": robin.user}),
    ):
        made = create(admin(api), *roles, **given)
        assert (made["userErrors"], made["token"]["program"]) == ([], "default")


@pytest.mark.parametrize("roles", [["SUPER_ADMIN"], ["PROGRAM_ADMIN", "SUPER_ADMIN"]])
def test_nobody_hands_out_a_role_wider_than_their_own(api: Api, roles: list[str]) -> None:
    ((code, _, path),) = errors(admin(api), *roles)
    assert (code, path) == ("NOT_PERMITTED", ["input", "roles"])


def test_another_program_and_its_people_are_as_if_they_were_not_there(api: Api) -> None:
    robin = api.person("Robin", active=False, program="post_secondary")
    ((code, text, path),) = errors(admin(api), "AUDITOR", program="post_secondary")
    assert (code, path) == ("INVALID_INPUT", ["input", "program"])
    assert text == "There is no program post_secondary. There are: default."
    missing = errors(admin(api), "PARTICIPANT", userId="User-99")
    (foreign,) = errors(admin(api), "PARTICIPANT", userId=robin.user)
    assert [foreign[0], foreign[1].replace(robin.user, "User-99"), foreign[2]] == list(missing[0])


@pytest.mark.parametrize("role", ["SITE_STAFF", "PARTNER_ADMIN", "PARTICIPANT", "AUDITOR", "SYSTEM", "UNKNOWN"])
def test_whoever_the_rules_do_not_name_hands_out_nothing_and_sees_nothing(api: Api, role: str) -> None:
    create(api, "AUDITOR")
    other = admin(api, roles=frozenset({role}))
    ((code, text, path),) = errors(other, "AUDITOR", program="nowhere")
    assert (code, text, path) == ("NOT_PERMITTED", "This is for: Super administrator, Program administrator.", None)
    assert other.ask("{ tokens { id } }") == {"tokens": []}
    revoked = other.ask('mutation { revokeToken(id: "Token-1") { token { id } userErrors { code } } }')
    assert revoked == {"revokeToken": {"token": None, "userErrors": [{"code": "NOT_PERMITTED"}]}}


def test_an_administrator_of_no_program_hands_out_nothing(api: Api) -> None:
    ((code, _, _),) = errors(admin(api, program_id=None), "AUDITOR")
    assert code == "NOT_PERMITTED"


def test_an_owner_of_one_program_is_one_there_alone(api: Api) -> None:
    owner = admin(api, roles=frozenset({"SUPER_ADMIN"}))
    assert create(owner, "SUPER_ADMIN")["token"]["program"] == "default"
    ((code, _, _),) = errors(owner, "SUPER_ADMIN", program="post_secondary")
    assert code == "INVALID_INPUT"


def test_tokens_are_listed_for_those_who_have_a_say_in_them(api: Api) -> None:
    create(api, "SUPER_ADMIN", name="everywhere")
    create(api, "SUPER_ADMIN", name="owner here", program="default")
    create(api, "AUDITOR", name="here")
    create(api, "AUDITOR", name="elsewhere", program="post_secondary")
    names = "{ tokens { name program } }"
    assert [row["name"] for row in api.ask(names)["tokens"]] == ["everywhere", "owner here", "here", "elsewhere"]
    assert admin(api).ask(names) == {"tokens": [{"name": "here", "program": "default"}]}
    for number, code in ((1, ["NOT_FOUND"]), (2, ["NOT_FOUND"]), (4, ["NOT_FOUND"]), (9, ["NOT_FOUND"]), (3, [])):
        done = admin(api).ask(
            "mutation($id: ID!) { revokeToken(id: $id) { userErrors { code path } } }", id=f"Token-{number}"
        )
        assert [error["code"] for error in done["revokeToken"]["userErrors"]] == code


def test_an_id_of_another_kind_revokes_nothing(api: Api) -> None:
    done = api.ask('mutation { revokeToken(id: "User-1") { userErrors { code path message } } }')
    assert done["revokeToken"]["userErrors"] == [
        {
            "code": "INVALID_INPUT",
            "path": ["id"],
            "message": "User-1 is the id of another kind of thing. Give one of the form Token-1.",
        }
    ]


def test_a_list_of_tokens_costs_no_more_statements_the_longer_it_is(api: Api) -> None:
    api.done("addSite", key="lincoln", name="Lincoln")
    robin = api.person("Robin", active=False)
    text = "{ tokens { id program site user { id name } } }"

    def cost(more: int) -> int:
        for _ in range(more):
            create(api, "SITE_STAFF", "PARTICIPANT", site="lincoln", userId=robin.user)
        return api.statements(text)

    assert cost(1) == cost(5)


def test_expiry_lies_after_now(api: Api) -> None:
    assert START.isoformat() == "2026-01-01T12:00:00+00:00"
    assert errors(api, "AUDITOR", expiresAt="2026-01-01T12:01:00Z")[0][2] == ["input", "expiresAt"]
    assert create(api, "AUDITOR", expiresAt="2026-01-01T12:03:00Z")["userErrors"] == []
