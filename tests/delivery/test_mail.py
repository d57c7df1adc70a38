"""E-mail against a mail server that listens."""

import asyncio

import pytest

from server.delivery.carriers import UndeliveredError
from server.delivery.mail import Mail
from server.domain.messages import Message
from tests.delivery.builders import a_message
from tests.receiving import mailbox

SENDER = "Mentoring <mentoring@example.org>"


def carry(url: str, message: Message | None = None) -> None:
    asyncio.run(Mail(url, SENDER).carry(message or a_message(channel="email")))


def refusal(url: str, message: Message | None = None) -> tuple[str, bool]:
    with pytest.raises(UndeliveredError) as caught:
        carry(url, message)
    return caught.value.reason, caught.value.final


def test_a_letter_has_sender_recipient_subject_and_text_and_an_id_of_its_own() -> None:
    with mailbox() as box:
        carry(box.url)
        carry(box.url)
    letter, again = box.letters
    assert (letter["From"], letter["To"], letter["Subject"]) == (SENDER, "zoe@example.org", "Your match")
    assert letter["X-Envelope"] == "zoe@example.org"
    assert letter.get_content().replace("\r\n", "\n") == "Dear Zoë,\nit is closed.\n"
    assert letter["Matchkeeper-Message"] == "Message-12"
    assert letter["Message-ID"] == "<Message-12.20260901120000000000@example.org>" == again["Message-ID"]
    assert letter["Auto-Submitted"] == "auto-generated"


def test_a_title_cannot_smuggle_in_a_header() -> None:
    with mailbox() as box:
        assert refusal(box.url, a_message(title="Hi\nBcc: eve@example.org")) == (
            "the address or the title cannot be sent",
            True,
        )
    assert box.letters == []


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ("550 no such user", ("the mail server refused the address (550)", True)),
        ("450 try later", ("the mail server refused the address (450)", False)),
    ],
)
def test_an_address_refused_for_good_is_not_tried_again(answer: str, told: tuple[str, bool]) -> None:
    with mailbox(answer) as box:
        assert refusal(box.url) == told
    assert box.letters == []


@pytest.mark.parametrize(
    "address", [None, "", "nobody", "a@b@c", "a b@example.org", "x@example.org\nBcc: y@example.org"]
)
def test_what_is_no_address_is_given_up_at_once(address: str | None) -> None:
    with mailbox() as box:
        _, final = refusal(box.url, a_message(address=address))
    assert final
    assert box.letters == []


def test_a_mail_server_that_is_not_there_is_no_fault_of_the_message() -> None:
    with mailbox() as box:
        pass
    assert refusal(box.url) == ("no connection to the mail server", False)


def test_a_mail_server_elsewhere_is_never_spoken_to_over_an_open_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.delivery.mail.is_loopback", lambda _: False)
    with mailbox() as box:
        reason, final = refusal(box.url)
    assert (reason, final) == ("the mail server cannot do what this needs (STARTTLS, SMTPUTF8 or AUTH)", False)
    assert box.letters == []
