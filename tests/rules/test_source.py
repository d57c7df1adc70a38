import os
import threading
from dataclasses import replace

import pytest

from server.rules.diagnostics import Findings
from server.rules.files import MAX_BYTES, gather
from server.rules.nodes import Items, Scalar, Table, plain
from server.rules.source import Source, read_file, read_text


def read(text: str) -> tuple[Source, list[str]]:
    findings = Findings()
    source = read_text(text, "f.yaml", findings)
    return source, [f"{found.line}:{found.column} {found.code}" for found in findings.all()]


def value_of(text: str) -> object:
    root = read(f"a: {text}")[0].root
    assert root is not None
    return plain(root)["a"]  # type: ignore[index]  # the root is a map


def test_keys_and_values_keep_their_places():
    root = read("one:\n  two: [x, y]\n")[0].root
    assert isinstance(root, Table)
    two = root.entries["one"].node
    assert isinstance(two, Table)
    items = two.entries["two"].node
    assert isinstance(items, Items)
    assert str(root.place_of("one")) == "f.yaml:1:1"
    assert str(two.place_of("two")) == "f.yaml:2:3"
    assert [str(item.place) for item in items.items] == ["f.yaml:2:9", "f.yaml:2:12"]


@pytest.mark.parametrize("word", ["yes", "NO", "On", "off", "y", "N"])
def test_a_risky_word_is_text_and_warned_of(word):
    assert value_of(word) == word
    assert read(f"a: {word}")[1] == ["1:4 risky-word"]
    assert read(f'a: "{word}"')[1] == []


def test_a_risky_word_as_a_key_is_warned_of():
    source, told = read("NO: {label: x}")
    assert told == ["1:1 risky-word"]
    assert plain(source.root) == {"NO": {"label": "x"}}


@pytest.mark.parametrize("word", ["12:30", "010", "0x1f", "1_000", "True", "NULL", "2026-01-01", ".5", "1e5", "+1"])
def test_what_yaml_1_1_takes_for_something_else_is_text(word):
    assert value_of(word) == word


@pytest.mark.parametrize(
    ("word", "value"),
    [("true", True), ("false", False), ("null", None), ("~", None), ("", None), ("12", 12), ("-3", -3), ("1.5", 1.5)],
)
def test_truth_values_null_and_numbers_are_not_text(word, value):
    assert value_of(word) == value
    assert type(value_of(word)) is type(value)


def test_a_quoted_number_is_text():
    assert value_of("'12'") == "12"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", ["1:1 empty-file"]),
        ("# nothing\n", ["1:1 empty-file"]),
        ("---\n", ["2:1 empty-file"]),
        ("a: 1\na: 2\n", ["2:1 duplicate-key"]),
        ("a: &x 1\n", ["1:4 anchor"]),
        ("a: &x 1\nb: *x\n", ["1:4 anchor", "2:4 alias"]),
        ("<<: {b: 1}\n", ["1:1 merge-key"]),
        ("a: !!str 1\n", ["1:4 tag"]),
        ("a: !!python/object:os.system x\n", ["1:4 tag"]),
        ("? [x]\n: 1\n", ["1:3 complex-key"]),
        ("a: 1\n---\nb: 2\n", ["2:1 several-documents"]),
        ("a:\n\t- b\n", ["2:1 yaml-syntax"]),
        ("a: [1\n", ["2:1 yaml-syntax"]),
        ("a: 'x\n", ["2:1 yaml-syntax"]),
        ("a: b: c\n", ["1:5 yaml-syntax"]),
        ("a: 1\nb: \x00\n", ["2:4 yaml-syntax"]),
        ('a: "\\UFFFFFFFF"\n', ["1:7 yaml-syntax"]),
        ("%YAML 1." + "9" * 5000 + "\n---\na: 1\n", ["1:9 yaml-syntax"]),
        ("a: \ud800\n", ["1:4 yaml-syntax"]),
        ("[" * 33, ["1:33 too-deep"]),
        ("[" * 200_000, ["1:33 too-deep"]),
        ("{a: " * 10_000, ["1:126 too-deep"]),
        ("- " * 10_000, ["1:65 too-deep"]),
        ("[" + "a," * 20_000 + "]", ["1:40000 too-large"]),
        ("a" * (MAX_BYTES + 1), ["1:1 too-large"]),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_each_refusal_has_its_place(text, told):
    assert read(text)[1] == told


def test_thirty_two_levels_are_allowed():
    assert read("[" * 32 + "]" * 32)[1] == []


def test_duplicate_keys_are_all_told_and_the_first_one_counts():
    source, told = read("a: 1\na: 2\nb: 3\nb: 4\n")
    assert told == ["2:1 duplicate-key", "4:1 duplicate-key"]
    assert plain(source.root) == {"a": 1, "b": 3}


def test_an_alias_makes_the_file_unusable():
    assert read("a: &x 1\nb: *x\n")[0].root is None


def from_disk(path) -> tuple[Source, list[str]]:
    findings = Findings()
    source = read_file(replace(gather(path).base, name=path.name), findings)
    return source, [f"{found.line}:{found.column} {found.code}" for found in findings.all()]


def test_a_byte_order_mark_is_no_part_of_the_text(tmp_path):
    path = tmp_path / "f.yaml"
    path.write_bytes(b"\xef\xbb\xbfa: 1\n")
    source, told = from_disk(path)
    assert plain(source.root) == {"a": 1}
    assert told == []


def test_bytes_that_are_not_utf8_are_told_with_their_place(tmp_path):
    path = tmp_path / "f.yaml"
    path.write_bytes(b"a: 1\nb: caf\xe9\n")
    assert from_disk(path)[1] == ["2:7 not-utf8"]


def test_a_missing_file_and_a_folder_are_refused(tmp_path):
    assert from_disk(tmp_path / "none.yaml")[1] == ["1:1 unreadable-file"]
    assert from_disk(tmp_path)[1] == ["1:1 unreadable-file"]


def test_a_named_pipe_is_refused_without_waiting_for_a_writer(tmp_path):
    path = tmp_path / "f.yaml"
    os.mkfifo(path)
    told: list[str] = []
    reading = threading.Thread(target=lambda: told.extend(from_disk(path)[1]), daemon=True)
    reading.start()
    reading.join(5)
    assert told == ["1:1 unreadable-file"]


def test_a_file_that_is_too_large_is_not_read(tmp_path):
    path = tmp_path / "f.yaml"
    with path.open("wb") as file:
        file.truncate(1 << 34)
    assert from_disk(path)[1] == ["1:1 too-large"]


def test_a_scalar_keeps_its_place():
    root = read("a:   word\n")[0].root
    assert isinstance(root, Table)
    node = root.get("a")
    assert isinstance(node, Scalar)
    assert (node.place.line, node.place.column) == (1, 6)
