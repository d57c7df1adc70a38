"""Tokens of an issuer, on both databases: whom they stand for."""

import asyncio
from typing import Any

import pytest

from server.domain.actors import Caller
from server.domain.errors import NotSignedInError
from tests.identity.builders import KINDS, Issuer, a_door, an_issuer, counted
from tests.identity.conftest import Home


def enter(home: Home, issuer: Issuer, token: str, **settings: Any) -> Caller:
    return asyncio.run(a_door(home.store, issuer, **settings).caller(token))


def reason(home: Home, issuer: Issuer, token: str, **settings: Any) -> str:
    with pytest.raises(NotSignedInError) as refused:
        enter(home, issuer, token, **settings)
    return refused.value.reason


def test_mapped_roles_count_and_others_do_not(home: Home, issuer: Issuer) -> None:
    token = issuer.sign(roles=["mk-admin", "SUPER_ADMIN", "else"], name="Ada Admin")
    assert enter(home, issuer, token) == Caller("Ada Admin", frozenset({"PROGRAM_ADMIN"}), program_id=home.base)


def test_without_any_mapped_role_somebody_has_none(home: Home, issuer: Issuer) -> None:
    assert enter(home, issuer, issuer.sign()) == Caller("u-1", frozenset(), program_id=home.base)


def test_an_owner_comes_without_a_program(home: Home, issuer: Issuer) -> None:
    assert enter(home, issuer, issuer.sign(roles="mk-owner")).program_id is None


@pytest.mark.parametrize("value", ["mk-admin", ["mk-admin"], "openid mk-admin profile"])
def test_roles_may_be_one_text_a_list_or_words(home: Home, issuer: Issuer, value: object) -> None:
    assert enter(home, issuer, issuer.sign(roles=value)).roles == {"PROGRAM_ADMIN"}


@pytest.mark.parametrize("value", [7, {"mk-admin": True}, [["mk-admin"]], True, "mk-administrator"])
def test_roles_of_another_shape_are_none(home: Home, issuer: Issuer, value: object) -> None:
    assert enter(home, issuer, issuer.sign(roles=value)).roles == frozenset()


@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "EdDSA", "Ed25519"])
def test_each_signature_that_we_take_is_taken(home: Home, algorithm: str) -> None:
    with an_issuer(algorithm) as issuer:
        assert enter(home, issuer, issuer.sign(header={"alg": algorithm})).name == "u-1"


@pytest.mark.parametrize("kind", ["JWT", "at+jwt", "application/at+jwt", "jwt"])
def test_the_types_of_token_that_we_take(home: Home, issuer: Issuer, kind: str) -> None:
    assert enter(home, issuer, issuer.sign(header={"typ": kind})).name == "u-1"


def test_the_only_key_is_used_for_a_token_that_names_none(home: Home, issuer: Issuer) -> None:
    assert enter(home, issuer, issuer.sign(header={"kid": None})).name == "u-1"
    issuer.keys.append(KINDS["RS256"]("second"))
    assert reason(home, issuer, issuer.sign(header={"kid": None})) == "token: unknown key"


def test_program_site_and_person_come_from_claims(home: Home, issuer: Issuer) -> None:
    settings = {"program_claim": "mk.program", "site_claim": "site", "user_claim": ("external_id", "sub")}
    token = issuer.sign(sub="x-7", mk={"program": "default"}, site="lincoln", roles=["mk-staff", "mk-person"])
    assert enter(home, issuer, token, **settings) == Caller(
        "Rosa Alvarez",
        frozenset({"SITE_STAFF", "PARTICIPANT"}),
        user_id=home.user_id,
        program_id=home.base,
        site_id=home.site_id,
    )


def test_a_person_is_known_by_a_verified_address_in_any_case(home: Home, issuer: Issuer) -> None:
    settings = {"user_claim": ("email", "email")}
    token = issuer.sign(email="ROSA@example.org", email_verified=True, roles="mk-person")
    assert enter(home, issuer, token, **settings).user_id == home.user_id


@pytest.mark.parametrize("verified", [None, False, "true", 1])
def test_an_address_that_is_not_verified_is_nobodys(home: Home, issuer: Issuer, verified: object) -> None:
    token = issuer.sign(email="rosa@example.org", email_verified=verified)
    said = reason(home, issuer, token, user_claim=("email", "email"))
    assert said == "token: the e-mail address is not verified"


@pytest.mark.parametrize(
    "claims",
    [{"program": "nowhere"}, {"program": "default", "site": "nowhere"}, {"program": "default", "who": "x-8"}],
)
def test_claims_that_name_nothing_let_nobody_in(home: Home, issuer: Issuer, claims: dict[str, str]) -> None:
    settings = {"program_claim": "program", "site_claim": "site", "user_claim": ("external_id", "who")}
    assert reason(home, issuer, issuer.sign(**claims), **settings) == "token: unknown program, site or person"


def test_a_token_that_should_name_a_program_and_does_not_belongs_to_none(home: Home, issuer: Issuer) -> None:
    token = issuer.sign(roles="mk-admin")
    assert enter(home, issuer, token, program_claim="program") == Caller("u-1", frozenset({"PROGRAM_ADMIN"}))


@pytest.mark.parametrize("value", ["", "  ", "a\nb", "\u0000", "x" * 255, 7, ["default"]])
def test_a_claim_that_is_no_usable_text_lets_nobody_in(home: Home, issuer: Issuer, value: object) -> None:
    assert reason(home, issuer, issuer.sign(program=value), program_claim="program") == (
        "token: a claim is not a usable text"
    )


def test_signing_in_costs_at_most_one_statement(home: Home, issuer: Issuer) -> None:
    settings = {"program_claim": "program", "site_claim": "site", "user_claim": ("external_id", "sub")}
    placed = issuer.sign(sub="x-7", program="default", site="lincoln")
    for token, number in ((placed, 1), (issuer.sign(sub="u-1"), 0)):
        with counted(home.store) as statements:
            enter(home, issuer, token, **settings)
        assert len(statements) == number
