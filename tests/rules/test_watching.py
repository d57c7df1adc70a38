"""Edits as programs make them: written in pieces, renamed into place, swapped by a link, taken away."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from server.rules.files import RuleFiles, gather
from server.rules.watching import settled

PATIENCE_SECONDS = 60


class Watch:
    """Gathers what is told of the files in a folder while a test changes them."""

    def __init__(self, path: Path) -> None:
        self.path, self.told = path, list[RuleFiles]()
        self._known, self._stopping = gather(path), asyncio.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=[self._follow()])

    async def _follow(self) -> None:
        async for files in settled(self.path, self._known, self._stopping):
            self.told.append(files)

    def start(self) -> None:
        self._thread.start()
        time.sleep(0.3)  # until the folders are watched

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join(PATIENCE_SECONDS)
        assert not self._thread.is_alive()
        self._loop.close()

    def until(self, holds: Callable[[RuleFiles], bool]) -> None:
        """Waits until the last files told are these."""
        began = time.monotonic()
        while not (self.told and holds(self.told[-1])):
            assert time.monotonic() - began < PATIENCE_SECONDS, self.told
            time.sleep(0.02)


@pytest.fixture
def watch(tmp_path: Path) -> Iterator[Watch]:
    (tmp_path / "rules.yaml").write_text("old")
    watch = Watch(tmp_path / "rules.yaml")
    watch.start()
    yield watch
    watch.stop()


def base_is(text: str) -> Callable[[RuleFiles], bool]:
    return lambda files: files.base.data == text.encode()


def test_every_way_of_saving_is_noticed(watch: Watch, tmp_path: Path) -> None:
    watch.path.write_text("written over")
    watch.until(base_is("written over"))
    (tmp_path / "new").write_text("renamed into place")
    (tmp_path / "new").rename(watch.path)
    watch.until(base_is("renamed into place"))
    watch.path.rename(tmp_path / "rules.yaml~")
    watch.path.write_text("after a backup")
    watch.until(base_is("after a backup"))
    watch.path.write_text("")
    watch.until(base_is(""))
    watch.path.unlink()
    watch.until(lambda files: files.base.fault is not None)
    watch.path.write_text("back again")
    watch.until(base_is("back again"))


def test_overlays_come_change_and_go(watch: Watch, tmp_path: Path) -> None:
    (tmp_path / "programs").mkdir()
    overlay = tmp_path / "programs" / "one.yaml"
    overlay.write_text("first")
    watch.until(lambda files: "one" in files.overlays and files.overlays["one"].data == b"first")
    overlay.write_text("second")
    watch.until(lambda files: files.overlays["one"].data == b"second")
    overlay.unlink()
    watch.until(lambda files: not files.overlays)


def test_what_is_written_quickly_in_pieces_is_told_once(watch: Watch) -> None:
    with watch.path.open("w") as writing:
        for piece in range(10):
            writing.write(f"{piece}")
            writing.flush()
            time.sleep(0.1)
    watch.until(base_is("0123456789"))
    assert len(watch.told) == 1


def test_a_file_that_says_the_same_again_is_not_told(watch: Watch) -> None:
    watch.path.write_text("old")
    time.sleep(0.6)
    watch.path.write_text("new")
    watch.until(base_is("new"))
    assert len(watch.told) == 1


def test_a_folder_behind_a_link_is_followed_when_the_link_is_swapped(tmp_path: Path) -> None:
    for version in ("1", "2", "3"):
        (tmp_path / version / "programs").mkdir(parents=True)
        (tmp_path / version / "rules.yaml").write_text(f"base {version}")
        (tmp_path / version / "programs" / "one.yaml").write_text(f"overlay {version}")
    mounted = tmp_path / "mounted"
    mounted.mkdir()
    (mounted / "..data").symlink_to("../1")
    (mounted / "rules.yaml").symlink_to("..data/rules.yaml")
    (mounted / "programs").symlink_to("..data/programs")
    watch = Watch(mounted / "rules.yaml")
    watch.start()
    for version in ("2", "3"):
        (mounted / "..next").symlink_to(f"../{version}")
        (mounted / "..next").rename(mounted / "..data")
        watch.until(base_is(f"base {version}"))
        assert watch.told[-1].overlays["one"].data == f"overlay {version}".encode()
    watch.stop()
    assert len(watch.told) == 2


def test_a_folder_that_is_replaced_is_watched_again(watch: Watch, tmp_path: Path) -> None:
    folder = tmp_path.with_name(f"{tmp_path.name}-away")
    tmp_path.rename(folder)
    watch.until(lambda files: files.base.fault is not None)
    tmp_path.mkdir()
    watch.path.write_text("another folder")
    watch.until(base_is("another folder"))
    watch.path.write_text("edited there")
    watch.until(base_is("edited there"))
