import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from server.environment import SettingsError
from server.http_settings import HttpSettings
from server.limit_settings import LimitSettings
from server.openid_settings import OpenIdSettings
from server.settings import SHIPPED_RULES, Settings, check_access, read_settings

POSTGRES = "postgresql://me:p%40ss@db.example:5433/mk"


def test_an_empty_environment_gives_the_defaults(tmp_path: Path) -> None:
    settings = read_settings({}, tmp_path)
    assert (settings.host, settings.port, settings.workers, settings.demo) == ("127.0.0.1", 8000, 1, False)
    assert settings.database_url == "sqlite:///matchkeeper.db"
    assert settings.on_sqlite
    assert settings.rules in SHIPPED_RULES


def test_the_folders_own_rules_come_before_the_shipped_ones(tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    own = tmp_path / "rules" / "transitions.yaml"
    own.touch()
    assert read_settings({}, tmp_path).rules == own


def test_every_setting_comes_from_its_variable(tmp_path: Path) -> None:
    given = {
        "MATCHKEEPER_HOST": "localhost",
        "MATCHKEEPER_PORT": "9000",
        "MATCHKEEPER_DATABASE_URL": POSTGRES,
        "MATCHKEEPER_RULES": "my.yaml",
        "MATCHKEEPER_WORKERS": "3",
        "MATCHKEEPER_DEMO": "1",
        "MATCHKEEPER_SCHEDULER": "0",
        "MATCHKEEPER_READ_SECONDS": "9",
        "MATCHKEEPER_STRANGERS_PER_MINUTE": "5",
        "MATCHKEEPER_STRANGERS_PER_ADDRESS": "2",
        "MATCHKEEPER_CORS_ORIGINS": "http://localhost:3000",
        "MATCHKEEPER_TRUSTED_DOCUMENTS": "documents.json",
        "MATCHKEEPER_ONLY_TRUSTED_DOCUMENTS": "1",
        "MATCHKEEPER_MAX_DEPTH": "9",
        "MATCHKEEPER_MAX_BODY_BYTES": "1000",
        "MATCHKEEPER_REQUESTS_PER_MINUTE": "0",
    }
    settings = read_settings(given, tmp_path)
    limits = LimitSettings(depth=9, body_bytes=1000, requests_per_minute=0)
    http = HttpSettings(("http://localhost:3000",), Path("documents.json"), only_trusted=True)
    own = {"limits": limits, "http": http, "read_seconds": 9, "strangers_per_minute": 5, "strangers_per_address": 2}
    assert settings == Settings(Path("my.yaml"), "localhost", 9000, POSTGRES, 3, demo=True, scheduler=False, **own)
    assert settings.environment() == given
    assert not settings.on_sqlite


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("PORT", "http", "MATCHKEEPER_PORT must be a whole number, not 'http'"),
        ("PORT", "65536", "from 0 to 65535, not 65536"),
        ("WORKERS", "0", "at least one worker"),
        ("READ_SECONDS", "0", "MATCHKEEPER_READ_SECONDS must be at least 1, not 0"),
        ("MAX_COST", "0", "MATCHKEEPER_MAX_COST must be at least 1, not 0"),
        ("REQUESTS_PER_MINUTE", "-1", "MATCHKEEPER_REQUESTS_PER_MINUTE must be a whole number, not '-1'"),
        ("CORS_ORIGINS", "*", "MATCHKEEPER_CORS_ORIGINS lists origins like https://app.example.org, not '*'"),
        ("CORS_ORIGINS", "https://a.example/app", "not 'https://a.example/app'"),
        ("CORS_ORIGINS", "http://a.example", "http is for localhost"),
        ("ONLY_TRUSTED_DOCUMENTS", "1", "MATCHKEEPER_ONLY_TRUSTED_DOCUMENTS needs MATCHKEEPER_TRUSTED_DOCUMENTS"),
        ("DEMO", "maybe", "MATCHKEEPER_DEMO must be 1 or 0"),
        ("DATABASE_URL", "mysql://x", "sqlite:///FILE.db or postgresql://"),
    ],
)
def test_a_setting_that_cannot_be_used_is_refused_in_words(name: str, value: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=said):
        read_settings({f"MATCHKEEPER_{name}": value}, tmp_path)


def test_options_win_over_the_environment_unless_they_are_left_out(tmp_path: Path) -> None:
    settings = read_settings({"MATCHKEEPER_PORT": "9000"}, tmp_path)
    assert settings.with_changes(port=None, host="::1").port == 9000
    assert settings.with_changes(port=7, demo=False).port == 7
    with pytest.raises(SettingsError):
        settings.with_changes(port=70000)


def test_the_password_is_never_shown(tmp_path: Path) -> None:
    settings = read_settings({"MATCHKEEPER_DATABASE_URL": POSTGRES}, tmp_path)
    assert settings.database_shown == "postgresql://me:***@db.example:5433/mk"
    assert "p%40ss" not in repr(settings)
    assert read_settings({}, tmp_path).database_shown == "sqlite:///matchkeeper.db"


ISSUER = {"MATCHKEEPER_OIDC_ISSUER": "https://id.example.org/realm", "MATCHKEEPER_OIDC_AUDIENCE": "mk"}
FULL = {
    **ISSUER,
    "MATCHKEEPER_REQUIRE_AUTH": "1",
    "MATCHKEEPER_ALLOWED_HOSTS": "mk.example.org,mk",
    "MATCHKEEPER_TEST_CLOCK": "2026-01-01T00:00:00+00:00",
    "MATCHKEEPER_OIDC_ROLES": "roles:mk-admin=PROGRAM_ADMIN,realm.roles:a=b=SITE_STAFF",
    "MATCHKEEPER_OIDC_PROGRAM_CLAIM": "mk.program",
    "MATCHKEEPER_OIDC_SITE_CLAIM": "site",
    "MATCHKEEPER_OIDC_USER_CLAIM": "external_id:sub",
}


def test_how_people_sign_in_comes_from_variables_and_goes_on_to_further_processes(tmp_path: Path) -> None:
    settings = read_settings(FULL, tmp_path)
    assert settings.openid == OpenIdSettings(
        "https://id.example.org/realm",
        "mk",
        (("roles", "mk-admin", "PROGRAM_ADMIN"), ("realm.roles", "a=b", "SITE_STAFF")),
        "mk.program",
        "site",
        ("external_id", "sub"),
    )
    assert (settings.require_auth, settings.allowed_hosts) == (True, ("mk.example.org", "mk"))
    assert settings.test_clock == datetime(2026, 1, 1, tzinfo=UTC)
    assert read_settings(settings.environment(), tmp_path) == settings
    assert FULL.items() <= settings.environment().items()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"OIDC_ISSUER": "http://id.example.org"}, "must be an https address"),
        ({"OIDC_ISSUER": "id.example.org"}, "must be an https address"),
        ({"OIDC_ISSUER": "https://me:secret@id.example.org"}, "without a password"),
        ({"OIDC_ISSUER": "https://id.example.org/?a"}, "without a password"),
        ({"OIDC_AUDIENCE": ""}, "OIDC_AUDIENCE must say"),
        ({"OIDC_ISSUER": "", "OIDC_ROLES": "a:b=C"}, "OIDC_AUDIENCE needs MATCHKEEPER_OIDC_ISSUER"),
        ({"OIDC_ROLES": "mk-admin=PROGRAM_ADMIN"}, "has entries like roles:mk-admin=PROGRAM_ADMIN"),
        ({"OIDC_ROLES": "roles:mk-admin"}, "has entries like roles:mk-admin=PROGRAM_ADMIN"),
        ({"OIDC_USER_CLAIM": "sub"}, "is email:CLAIM or external_id:CLAIM, not 'sub'"),
        ({"REQUIRE_AUTH": "maybe"}, "must be 1 or 0"),
        ({"TEST_CLOCK": "2026-01-01T00:00:00"}, "must be a moment like 2026-01-01T00:00:00Z"),
        ({"TEST_CLOCK": "yesterday"}, "must be a moment like 2026-01-01T00:00:00Z"),
    ],
)
def test_sign_in_that_cannot_be_used_is_refused_in_words(given: dict[str, str], said: str, tmp_path: Path) -> None:
    environment = {**ISSUER, **{f"MATCHKEEPER_{name}": value for name, value in given.items()}}
    with pytest.raises(SettingsError, match=re.escape(said)) as refused:
        read_settings(environment, tmp_path)
    assert "secret" not in str(refused.value)


def test_an_issuer_on_this_machine_needs_no_https(tmp_path: Path) -> None:
    local = {**ISSUER, "MATCHKEEPER_OIDC_ISSUER": "http://127.0.0.1:9000"}
    openid = read_settings(local, tmp_path).openid
    assert openid is not None
    assert openid.issuer == "http://127.0.0.1:9000"


def test_nothing_is_served_beyond_this_machine_unless_people_sign_in(tmp_path: Path) -> None:
    check_access(Settings(tmp_path, host="localhost"))
    everywhere = Settings(tmp_path, host="::")
    with pytest.raises(SettingsError, match="as long as nobody has to sign in"):
        check_access(everywhere)
    check_access(replace(everywhere, require_auth=True))
    check_access(replace(everywhere, openid=OpenIdSettings("https://id.example.org", "mk")))


def test_names_for_a_server_that_everybody_is_administrator_of_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="ALLOWED_HOSTS is for servers where people sign in"):
        check_access(Settings(tmp_path, allowed_hosts=("mk.example.org",)))


def test_pages_of_other_hosts_need_a_sign_in_and_those_of_this_machine_do_not(tmp_path: Path) -> None:
    foreign = Settings(tmp_path, http=HttpSettings(("https://app.example.org",)))
    with pytest.raises(SettingsError, match=r"Pages of https://app\.example\.org cannot be let in"):
        check_access(foreign)
    check_access(replace(foreign, require_auth=True))
    check_access(Settings(tmp_path, http=HttpSettings(("http://localhost:3000",))))


def test_how_long_things_are_kept_is_set_in_days(tmp_path: Path) -> None:
    given = {"MATCHKEEPER_KEEP_READS_DAYS": "730", "MATCHKEEPER_KEEP_NOTES_DAYS": "30"}
    settings = read_settings(given, tmp_path)
    assert (settings.keep_reads_days, settings.keep_notes_days) == (730, 30)
    assert settings.environment().items() >= given.items()
    default = read_settings({}, tmp_path)
    assert (default.keep_reads_days, default.keep_notes_days) == (None, None)
    for days in ("0", "36501"):
        with pytest.raises(SettingsError, match=f"from 1 to 36500 days, not {days}"):
            read_settings({"MATCHKEEPER_KEEP_READS_DAYS": days}, tmp_path)
