"""Statements are compiled once a process, not once for every database: each test has one of its own."""

from typing import Any

from sqlalchemy import Connection

_KEY = tuple[Any, ...]


class _Shared(dict[_KEY, Any]):
    """What was compiled for one database serves every other of its kind."""

    def get(self, key: _KEY, default: Any = None) -> Any:
        return super().get(_of_kind(key), default)

    def __setitem__(self, key: _KEY, compiled: Any) -> None:
        super().__setitem__(_of_kind(key), compiled)


def _of_kind(key: _KEY) -> _KEY:
    dialect, *statement = key
    return (type(dialect), *statement)


_SHARED = _Shared()


def share(connection: Connection) -> None:
    """Lets a connection, of whatever engine, look there first."""
    connection.execution_options(compiled_cache=_SHARED)
