"""What a YAML text is made of, event by event: from libyaml where that reads it, otherwise from PyYAML's own reader."""

from typing import TypeAlias

import yaml

Events: TypeAlias = "yaml.SafeLoader | yaml.CSafeLoader"
"""Where events are taken from, one by one. A text, for without libyaml there is no CSafeLoader."""

ODDITIES = (yaml.YAMLError, ValueError, OverflowError, IndexError)
"""What a text can make the readers raise.

PyYAML lets bare ValueErrors through for impossible escapes ("\\UFFFFFFFF") and endless version numbers.
"""


def events_of(text: str, depth: int, nodes: int) -> Events:
    """The events of a text of which no more than so many nodes, nested so deep, will be asked for.

    libyaml takes a seventeenth of the time. What it refuses, PyYAML's own reader explains better or, where the two
    differ, reads; texts with tabs too, which it refuses with a word on tabs. PyYAML can come without libyaml.
    Raises yaml.YAMLError where a character is none that a text may have; taking events raises ODDITIES.
    """
    if yaml.__with_libyaml__ and "\t" not in text and _reads(text, depth, nodes):
        return yaml.CSafeLoader(text)
    return yaml.SafeLoader(text)


def _reads(text: str, depth: int, nodes: int) -> bool:
    """Whether libyaml reads the text as far as it will be asked for. Events are counted, so it never goes deep."""
    level = count = 0
    try:
        events = yaml.CSafeLoader(text)
        while level <= depth and count <= nodes:
            event = events.get_event()
            if isinstance(event, yaml.StreamEndEvent):
                return True
            level += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            count += isinstance(event, yaml.NodeEvent)
    except ODDITIES:
        return False
    return True
