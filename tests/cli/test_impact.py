"""What an edited file would do to the people there are, as the command tells it."""

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from server.cli.rules import app
from server.services import buttons
from server.store.database import open_store
from tests.rules.builders import SHIPPED
from tests.services.school import School
from tests.store.builders import counting_statements

TEXT = SHIPPED.read_text("utf-8")


class Office:
    """Somebody with an edited copy of the rules at hand, beside the database of a school."""

    def __init__(self, folder: Path, url: str) -> None:
        self.file, self.url = folder / "edited.yaml", url

    def asks(self, text: str, *more: str) -> tuple[int, str]:
        self.file.write_text(text, "utf-8")
        done = CliRunner().invoke(app, ["impact", str(self.file), "--database-url", self.url, *more])
        return done.exit_code, done.stdout

    def told(self, text: str) -> list[Any]:
        return [
            (each["loss"], each["status"], each["by_role"], each["count"], each["stranded"])
            for each in json.loads(self.asks(text, "--json")[1])
        ]


@pytest.fixture(scope="module")
def school_file(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("school") / "school.db"
    shutil.copyfile(sqlite_template, path)
    store = open_store(f"sqlite:///{path}")
    School(store)
    store.close()
    return path


@pytest.fixture
def office(school_file: Path, tmp_path: Path) -> Iterator[Office]:
    before = school_file.read_bytes()
    yield Office(tmp_path, f"sqlite:///{school_file}")
    assert school_file.read_bytes() == before


def test_an_edit_of_words_costs_nobody_anything(office: Office) -> None:
    assert office.asks(TEXT.replace("label: Make Active\n", "label: Activate\n")) == (
        0,
        "default: nobody loses anything\n",
    )


def test_people_of_a_dropped_status_are_counted_by_role_at_the_place_to_mend(office: Office) -> None:
    renamed = re.sub(r"\bMATCHED\b", "PAIRED", TEXT)
    code, said = office.asks(renamed)
    assert code == 1
    assert said.startswith("default: 6 lose something\n")
    assert "edited.yaml:99:5: error stranded: 6 personas in Matched (Mentee 3, Mentor 3) would be in no status" in said
    assert office.told(renamed) == [("status", "MATCHED", {"MENTEE": 3, "MENTOR": 3}, 6, True)]
    code, said = office.asks(renamed + "moved: {match_status: {MATCHED: PAIRED}}\n")
    assert (code, said.splitlines()[1].strip()) == (
        0,
        "6 personas in Matched (Mentee 3, Mentor 3) move to Matched, as the status is dropped",
    )


def test_whoever_loses_the_last_button_is_found_by_looking_at_everybody(office: Office) -> None:
    never = "    require:\n      NEVER: {that: {mentor.user_status: INACTIVE_DELETED}, otherwise: Never.}\n"
    start, text = "    from: OPEN\n", TEXT
    for key in ("close_match", "delete_match"):
        head, tail = text.split(f"  {key}:\n", 1)
        text = f"{head}  {key}:\n" + tail.replace(start, start + never, 1)
    assert office.told(text) == [("button", "OPEN", {}, 3, False)]
    code, said = office.asks(text)
    assert code == 1
    assert "3 matches in Open would lose the last button: nobody could press anything for them any more" in said


def test_people_are_looked_at_in_batches_of_a_constant_number_of_statements(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = TEXT.replace("        that: {partner_site: set}\n", "        that: {partner_site: empty}\n")

    def counted(batch: int) -> int:
        monkeypatch.setattr(buttons, "BATCH", batch)
        with counting_statements() as seen:
            office.asks(text)
        return len(seen)

    whole, three, one = counted(200), counted(4), counted(1)
    batches = 9
    assert (one - whole) == (batches - 1) * ((three - whole) // 2)


def test_what_is_not_there_is_wrong_usage(office: Office, tmp_path: Path) -> None:
    assert office.asks(TEXT, "--program", "nowhere")[0] == 2
    office.url = f"sqlite:///{tmp_path}/none.db"
    assert office.asks(TEXT)[0] == 2
    assert not (tmp_path / "none.db").exists()


def test_broken_rules_are_told(office: Office) -> None:
    assert office.asks("format: 1\n")[0] == 1
