from datetime import timedelta

import pytest

from server.domain.tokens import Secret, digest, is_same, new_secret, prefix_of
from tests.identity.builders import NOW, a_token


def numbered(length: int) -> bytes:
    return bytes(range(length))


def test_a_token_is_a_prefix_of_8_and_a_secret_of_32_characters() -> None:
    secret = new_secret(numbered)
    assert secret == Secret("aaaqeaye", "mk_aaaqeaye_aaaqeayeaudaocajbifqydiob4ibceqt")
    assert prefix_of(secret.text) == "aaaqeaye"


def test_the_secret_is_never_part_of_what_is_printed() -> None:
    secret = new_secret(numbered)
    assert repr(secret) == "Secret(prefix='aaaqeaye')"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "mk_",
        "mk_aaaqeaye_",
        "mk_aaaqeaye_aaaqeayeaudaocajbifqydiob4ibceq",
        "mk_aaaqeaye_aaaqeayeaudaocajbifqydiob4ibceqtt",
        "MK_aaaqeaye_aaaqeayeaudaocajbifqydiob4ibceqt",
        "mk_aaaqeaye_AAAQEAYEAUDAOCAJBIFQYDIOB4IBCEQT",
        "mk_aaaqeay1_aaaqeayeaudaocajbifqydiob4ibceqt",
        "mk_aaaqeaye_aaaqeayeaudaocajbifqydiob4ibceqt\n",
        " mk_aaaqeaye_aaaqeayeaudaocajbifqydiob4ibceqt",
    ],
)
def test_other_texts_are_not_tokens_of_ours(text: str) -> None:
    assert prefix_of(text) is None


def test_a_digest_belongs_to_one_text() -> None:
    assert is_same(digest("mk_one"), "mk_one")
    assert not is_same(digest("mk_one"), "mk_two")
    assert "mk_one" not in digest("mk_one")


def test_a_token_is_valid_until_it_expires_or_is_revoked() -> None:
    soon = NOW + timedelta(seconds=1)
    assert a_token(expires_at=soon).is_valid(NOW)
    assert not a_token(expires_at=soon).is_valid(soon)
    assert not a_token(revoked_at=NOW).is_valid(NOW)
    assert a_token().is_valid(NOW + timedelta(days=9999))
