from pathlib import Path

import pytest

from server.settings import SHIPPED_RULES, Settings, SettingsError, read_settings

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
    }
    settings = read_settings(given, tmp_path)
    assert settings == Settings(Path("my.yaml"), "localhost", 9000, POSTGRES, 3, demo=True)
    assert settings.environment() == given
    assert not settings.on_sqlite


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("PORT", "http", "MATCHKEEPER_PORT must be a whole number, not 'http'"),
        ("PORT", "65536", "from 0 to 65535, not 65536"),
        ("WORKERS", "0", "at least one worker"),
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
