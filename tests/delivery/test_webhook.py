"""Webhooks against a receiver that listens: what it gets, and what becomes of its answers."""

import asyncio

import pytest

from server.delivery.carriers import UndeliveredError
from server.delivery.webhook import Webhook, signature
from server.domain.messages import Message
from tests.delivery.builders import NOW, a_message
from tests.receiving import SECRET, Receiver, is_signed, receiving


def carry(url: str, message: Message, patience: float = 5.0) -> None:
    async def once() -> None:
        webhook = Webhook(url, SECRET, {1: "default"}.get, lambda: NOW, patience=patience)
        try:
            await webhook.carry(message)
        finally:
            await webhook.close()

    asyncio.run(once())


def refusal(receiver: Receiver, patience: float = 5.0) -> UndeliveredError:
    with pytest.raises(UndeliveredError) as caught:
        carry(receiver.url, a_message(), patience)
    return caught.value


def test_the_receiver_gets_the_whole_message_and_can_tell_who_sent_it() -> None:
    with receiving() as receiver:
        carry(receiver.url, a_message())
    assert receiver.taken == [
        {
            "id": "Message-12",
            "program": "default",
            "template": "closed",
            "recipient": {"user": "User-3", "address": "zoe@example.org"},
            "title": "Your match",
            "body": "Dear Zoë,\nit is closed.\n",
            "subject": "Match-9",
            "cause": "StatusChange-77",
            "createdAt": "2026-09-01T12:00:00Z",
            "attempt": 1,
        }
    ]
    (headers,) = receiver.headers
    assert headers["Idempotency-Key"] == "Message-12"
    assert headers["Content-Type"] == "application/json"
    assert is_signed(headers, receiver.bodies[0])
    assert not is_signed(headers, receiver.bodies[0] + b" ")
    assert not is_signed(headers, receiver.bodies[0], "another secret of sixteen")


def test_a_role_is_named_with_its_sites() -> None:
    with receiving() as receiver:
        carry(receiver.url, a_message(recipient_id=None, role="SITE_STAFF", sites=("north",), address=None))
    assert receiver.taken[0]["recipient"] == {"role": "SITE_STAFF", "sites": ["north"]}


def test_the_signature_is_the_one_that_other_programs_compute() -> None:
    assert signature("secret", b"{}", NOW) == (
        "t=1788264000,v1=cb09a23214e084108029c36781adff9cb54741f85776995a4b4ecc4cfd79f1b2"
    )


@pytest.mark.parametrize("status", [301, 302, 307, 400, 401, 404, 410, 429, 500, 503])
def test_whatever_is_no_success_is_tried_again_and_no_redirect_is_followed(status: int) -> None:
    with receiving(status) as receiver:
        error = refusal(receiver)
    assert (error.reason, error.final) == (f"the receiver answered {status}", False)
    assert len(receiver.bodies) == 1


def test_a_receiver_that_does_not_answer_in_time_is_given_up_on_for_now() -> None:
    with receiving() as receiver:
        receiver.delay = 0.5
        error = refusal(receiver, patience=0.1)
    assert (error.reason, error.final) == ("the receiver did not answer in time", False)


def test_a_receiver_that_is_not_there_is_no_fault_of_the_message() -> None:
    with receiving() as receiver:
        pass
    error = refusal(receiver)
    assert (error.reason, error.final) == ("no connection to the receiver", False)
