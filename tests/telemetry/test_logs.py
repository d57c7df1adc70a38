import io

import orjson

from server.telemetry.logs import frames, open_log


def test_a_line_is_one_json_object_with_its_time_and_level() -> None:
    stream = io.StringIO()
    open_log(stream, colours=False).info("started", programs=2)
    line = orjson.loads(stream.getvalue())
    assert line.pop("timestamp").endswith("Z")
    assert line == {"event": "started", "level": "info", "programs": 2}


def test_a_terminal_gets_words_instead() -> None:
    stream = io.StringIO()
    open_log(stream, colours=True).warning("stopping")
    assert "stopping" in stream.getvalue()
    assert not stream.getvalue().startswith("{")


def test_details_are_left_out() -> None:
    stream = io.StringIO()
    open_log(stream, colours=False).debug("a request")
    assert stream.getvalue() == ""


def test_frames_say_where_an_error_came_from_and_never_what_it_said() -> None:
    try:
        orjson.loads(b"rosa@example.org")
    except ValueError as error:
        found = frames(error)
    assert len(found) == 1
    assert found[0].startswith("tests/telemetry/test_logs.py:")
    assert found[0].endswith(" test_frames_say_where_an_error_came_from_and_never_what_it_said")
