"""Where messages go: from variables alone, over closed lines only, and shown to nobody."""

import re
from pathlib import Path

import pytest

from server.delivery_settings import DeliverySettings
from server.environment import SettingsError
from server.settings import read_settings

FULL = {
    "MATCHKEEPER_WEBHOOK_URL": "https://hooks.example.org/t0ken/in?key=t0ken",
    "MATCHKEEPER_WEBHOOK_SECRET": "s3cret-of-sixteen-or-more",
    "MATCHKEEPER_SMTP_URL": "smtp://me:p%40ssw0rd@mail.example.org:587",
    "MATCHKEEPER_MAIL_FROM": "Mentoring <mentoring@example.org>",
}


def test_messages_go_nowhere_unless_said(tmp_path: Path) -> None:
    settings = read_settings({}, tmp_path)
    assert settings.delivery == DeliverySettings()
    assert settings.delivery.shown.startswith("none is sent: they wait until MATCHKEEPER_WEBHOOK_URL or _SMTP_URL")


def test_every_setting_comes_from_its_variable_and_goes_on_to_further_processes(tmp_path: Path) -> None:
    settings = read_settings(FULL, tmp_path)
    assert settings.delivery == DeliverySettings(*FULL.values())
    assert FULL.items() <= settings.environment().items()
    assert read_settings(settings.environment(), tmp_path) == settings


def test_no_secret_is_shown(tmp_path: Path) -> None:
    settings = read_settings(FULL, tmp_path)
    assert settings.delivery.shown == "webhooks to hooks.example.org, e-mail by mail.example.org"
    for secret in ("t0ken", "s3cret", "p%40ssw0rd", "p@ssw0rd"):
        assert secret not in repr(settings) + settings.delivery.shown


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"WEBHOOK_URL": ""}, "MATCHKEEPER_WEBHOOK_URL and MATCHKEEPER_WEBHOOK_SECRET belong together"),
        ({"WEBHOOK_SECRET": ""}, "MATCHKEEPER_WEBHOOK_URL and MATCHKEEPER_WEBHOOK_SECRET belong together"),
        ({"WEBHOOK_SECRET": "s3cret"}, "must have at least 16 characters"),
        ({"WEBHOOK_URL": "http://t0ken.example.org"}, "must be an https address"),
        ({"WEBHOOK_URL": "t0ken"}, "must be an address with a host"),
        ({"WEBHOOK_URL": "https://"}, "must be an address with a host"),
        ({"WEBHOOK_URL": "https://t0ken:99999/"}, "must be an address with a host"),
        ({"WEBHOOK_URL": "https://me:t0ken@hooks.example.org"}, "must have no password"),
        ({"WEBHOOK_URL": "https://hooks.example.org/#t0ken"}, "must have no password and no '#'"),
        ({"SMTP_URL": ""}, "MATCHKEEPER_SMTP_URL and MATCHKEEPER_MAIL_FROM belong together"),
        ({"MAIL_FROM": ""}, "MATCHKEEPER_SMTP_URL and MATCHKEEPER_MAIL_FROM belong together"),
        ({"SMTP_URL": "https://mail.example.org"}, "must be smtp://USER:PASSWORD@HOST:587"),
        ({"SMTP_URL": "smtp://mail.example.org/t0ken"}, "must be smtp://USER:PASSWORD@HOST:587"),
        ({"MAIL_FROM": "Mentoring"}, "must be an address"),
        ({"MAIL_FROM": "a@b@c"}, "must be an address"),
        ({"MAIL_FROM": "a@example.org\nBcc: b@example.org"}, "must be an address"),
    ],
)
def test_what_cannot_be_delivered_to_is_refused_in_words(given: dict[str, str], said: str, tmp_path: Path) -> None:
    environment = {**FULL, **{f"MATCHKEEPER_{name}": value for name, value in given.items()}}
    with pytest.raises(SettingsError, match=re.escape(said)) as refused:
        read_settings(environment, tmp_path)
    assert "t0ken" not in str(refused.value)
    assert "s3cret" not in str(refused.value)


def test_a_receiver_on_this_machine_needs_no_https(tmp_path: Path) -> None:
    local = {**FULL, "MATCHKEEPER_WEBHOOK_URL": "http://127.0.0.1:9000/hook"}
    assert read_settings(local, tmp_path).delivery.webhook_url == "http://127.0.0.1:9000/hook"
