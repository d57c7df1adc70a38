"""XML, written safely: every text and every attribute is escaped, and what XML cannot hold is left out."""

import re
from html import escape

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def text(content: str) -> str:
    """A text between tags."""
    return escape(_NOT_XML.sub("", content), quote=False)


def number(value: float) -> str:
    """A coordinate, to a tenth of a pixel."""
    return f"{round(value, 1) + 0.0:g}" if abs(value) < 100_000 else f"{value:.0f}"  # noqa: PLR2004 - six digits of %g


def element(name: str, *content: str, **attributes: str | float) -> str:
    """An element; its content is markup already.

    A ``_`` in the name of an attribute stands for ``-``, a last one for nothing: ``class_`` is ``class``.
    """
    given = "".join(f' {_named(key)}="{_value(value)}"' for key, value in attributes.items())
    return f"<{name}{given}>{''.join(content)}</{name}>" if content else f"<{name}{given}/>"


def _named(key: str) -> str:
    return key.rstrip("_").replace("_", "-")


def _value(value: str | float) -> str:
    return escape(_NOT_XML.sub("", value)) if isinstance(value, str) else number(value)
