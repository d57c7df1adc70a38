"""The shape of messages: the texts of a file, and the effect that sends one."""

from server.engine.messages import Channel
from server.rules.schema_parts import LABEL, LOWER, PATH, WORD, Schema, items, named, naming, table, text

TITLE_LIMIT = 200
BODY_LIMIT = 10_000
"""The most characters a title and a body may have in the file."""

ADDRESS = r"^[^@\s<>,;:\"]+@[^@\s<>,;:\"]+$"

_MESSAGE = table(
    {
        "label": LABEL,
        "channel": {"enum": list(Channel), "description": "how it goes out"},
        "address": text("where it goes by e-mail when it is sent to a role", ADDRESS),
        "title": {**text("the subject of the e-mail; {path} takes what stands there"), "maxLength": TITLE_LIMIT},
        "body": {**text("the text; {path} takes what stands there"), "maxLength": BODY_LIMIT},
    },
    ["channel", "body"],
)

MESSAGES: dict[str, Schema] = {"messages": named(_MESSAGE, LOWER, "what people are told, and how")}
"""The section."""

_RECIPIENTS = items(WORD, "paths to people, which begin at the record it is about, and actors", minItems=1)
NOTIFY: dict[str, Schema] = {
    "notify": naming("messages", text("the message that is sent", LOWER)),
    "to": {**_RECIPIENTS, "type": ["string", "array"], "pattern": PATH, "uniqueItems": True},
}
"""What an effect may say instead of ``fire``."""
