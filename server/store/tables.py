"""The tables. Migrations bring a database to exactly this shape; a test compares the two."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    false,
)

from server.domain.vocabulary import SIDES
from server.store.columns import Document, Identifier, Moment, OrderedText

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

programs = Table(
    "programs",
    metadata,
    Column("id", Identifier, primary_key=True),
    Column("key", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("version", Integer, nullable=False),
    UniqueConstraint("key"),
)

sites = Table(
    "sites",
    metadata,
    Column("id", Identifier, primary_key=True),
    Column("program_id", Identifier, ForeignKey("programs.id"), nullable=False),
    Column("key", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("version", Integer, nullable=False),
    UniqueConstraint("program_id", "key"),
)

known_statuses = Table(
    "known_statuses",
    metadata,
    Column("program_id", Identifier, ForeignKey("programs.id"), nullable=False),
    Column("machine", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("label", Text, nullable=False),
    Column("short", Text),
    Column("category", Text, nullable=False),
    Column("colour", Text, nullable=False),
    Column("description", Text),
    Column("position", Integer, nullable=False),
    PrimaryKeyConstraint("program_id", "machine", "key"),
)
"""Every status a program ever had, so that history can name one that the rules file has dropped."""

users = Table(
    "users",
    metadata,
    Column("id", Identifier, primary_key=True),
    Column("program_id", Identifier, ForeignKey("programs.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("email", Text),
    Column("external_id", Text),
    Column("user_status", Text, nullable=False),
    Column("user_status_since", Moment, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("version", Integer, nullable=False),
    Column("name_key", OrderedText, nullable=False),
    Column("email_key", Text),
    Column("search_text", Text, nullable=False),
    Column("erased_at", Moment),
    UniqueConstraint("program_id", "email_key"),
    UniqueConstraint("program_id", "external_id"),
    Index(None, "program_id", "created_at", "id"),
    Index(None, "program_id", "name_key", "id"),
    Index(None, "program_id", "user_status_since", "id"),
    Index(None, "program_id", "user_status", "created_at", "id"),
    Index(None, "program_id", "user_status", "name_key", "id"),
    Index(None, "program_id", "user_status", "user_status_since", "id"),
)
"""``name_key``, ``email_key`` and ``search_text`` are made from the columns before them, whatever their case.
``erased_at``: since when nothing tells any more who it was.
"""

personas = Table(
    "personas",
    metadata,
    Column("id", Identifier, primary_key=True),
    Column("program_id", Identifier, ForeignKey("programs.id"), nullable=False),
    Column("user_id", Identifier, ForeignKey("users.id"), nullable=False),
    Column("role", Text, nullable=False),
    Column("persona_status", Text, nullable=False),
    Column("persona_status_since", Moment, nullable=False),
    Column("match_status", Text, nullable=False),
    Column("match_status_since", Moment, nullable=False),
    Column("site_id", Identifier, ForeignKey("sites.id")),
    Column("mentor_site_list", Text),
    Column("created_at", Moment, nullable=False),
    Column("version", Integer, nullable=False),
    CheckConstraint("role IN ('{}', '{}')".format(*SIDES), name="role"),
    Index(None, "user_id", "id"),
    Index(None, "program_id", "id"),
    Index(None, "program_id", "role", "id"),
    Index(None, "program_id", "persona_status", "id"),
    Index(None, "program_id", "match_status", "id"),
    Index(None, "program_id", "role", "match_status", "id"),
    Index(None, "program_id", "mentor_site_list", "id"),
    Index(None, "program_id", "persona_status_since", "id"),
    Index(None, "program_id", "match_status_since", "id"),
    Index(None, "program_id", "persona_status", "persona_status_since", "id"),
    Index(None, "program_id", "match_status", "match_status_since", "id"),
    Index(None, "site_id", "id"),
)

acts = Table(
    "acts",
    metadata,
    Column("id", Identifier, primary_key=True),
    Column("program_id", Identifier, ForeignKey("programs.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("subject_kind", Text, nullable=False),
    Column("subject_id", Identifier, nullable=False),
    Column("actor_user_id", Identifier, ForeignKey("users.id")),
    Column("actor_roles", Document, nullable=False),
    Column("answers", Document, nullable=False),
    Column("effective_at", Moment, nullable=False),
    Column("recorded_at", Moment, nullable=False),
    Column("revision", Text, nullable=False),
    CheckConstraint("id > 0", name="id"),
    Index(None, "program_id", "id"),
    Index(None, "subject_kind", "subject_id", "id"),
)
"""Append-only: ids and codes alone. Whatever may name a person stands in ``act_texts``."""

act_texts = Table(
    "act_texts",
    metadata,
    Column("act_id", Identifier, ForeignKey("acts.id"), primary_key=True, autoincrement=False),
    Column("actor_name", Text, nullable=False),
    Column("note", Text),
    Column("texts", Document, nullable=False),
    Column("corrected", Document),
)
"""What of an act can be erased: who by name, note, free answers. ``corrected``: choices put right; they stay."""

status_changes = Table(
    "status_changes",
    metadata,
    Column("id", Identifier, primary_key=True),
    Column("program_id", Identifier, ForeignKey("programs.id"), nullable=False),
    Column("act_id", Identifier, ForeignKey("acts.id"), nullable=False),
    Column("subject_kind", Text, nullable=False),
    Column("subject_id", Identifier, nullable=False),
    Column("machine", Text, nullable=False),
    Column("before", Text),
    Column("after", Text, nullable=False),
    Column("transition", Text, nullable=False),
    Column("caused_by", Identifier, ForeignKey("status_changes.id")),
    Column("by_platform", Boolean, nullable=False),
    Column("effective_at", Moment, nullable=False),
    Column("restarts", Boolean, nullable=False, server_default=false()),
    Column("undoes", Identifier, ForeignKey("status_changes.id")),
    CheckConstraint("id > 0", name="id"),
    Index(None, "program_id", "id"),
    Index(None, "program_id", "machine", "id"),
    Index(None, "program_id", "after", "id"),
    Index(None, "program_id", "transition", "id"),
    Index(None, "program_id", "effective_at", "id"),
    Index(None, "subject_kind", "subject_id", "id"),
    Index(None, "act_id", "id"),
    Index(None, "caused_by", "id"),
    Index(None, "undoes"),
)
"""Append-only. Ids grow in the order of commits within a program.
``restarts``: the status stayed as it was, and the time in it began anew. ``undoes``: the row that it took back.
"""

matches = Table(
    "matches",
    metadata,
    Column("id", Identifier, primary_key=True),
    Column("program_id", Identifier, ForeignKey("programs.id"), nullable=False),
    Column("mentor_id", Identifier, ForeignKey("personas.id"), nullable=False),
    Column("mentee_id", Identifier, ForeignKey("personas.id"), nullable=False),
    Column("pair_status", Text, nullable=False),
    Column("pair_status_since", Moment, nullable=False),
    Column("status_act_id", Identifier, ForeignKey("acts.id"), nullable=False),
    Column("mentor_place", Integer),
    Column("mentee_place", Integer),
    Column("created_at", Moment, nullable=False),
    Column("opened_at", Moment),
    Column("closed_at", Moment),
    Column("version", Integer, nullable=False),
    Column("proposed_by_id", Identifier, ForeignKey("users.id")),
    CheckConstraint("mentor_place > 0", name="mentor_place"),
    CheckConstraint("mentee_place > 0", name="mentee_place"),
    UniqueConstraint("mentor_id", "mentor_place"),
    UniqueConstraint("mentee_id", "mentee_place"),
    Index(None, "program_id", "id"),
    Index(None, "program_id", "pair_status", "id"),
    Index(None, "program_id", "pair_status", "pair_status_since", "id"),
    Index(None, "program_id", "opened_at", "id"),
    Index(None, "mentor_id", "id"),
    Index(None, "mentee_id", "id"),
)
"""The places are taken while a pair counts as open: being unique, they are the guard against a second match.

``status_act_id``: the act that brought the pair into its present status; its answers are the pair's.
``proposed_by_id``: who made it, where it was somebody with a record of their own.
"""

tokens = Table(
    "tokens",
    metadata,
    Column("id", Identifier, primary_key=True),
    Column("prefix", Text, nullable=False),
    Column("secret_hash", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("roles", Document, nullable=False),
    Column("program_id", Identifier, ForeignKey("programs.id")),
    Column("site_id", Identifier, ForeignKey("sites.id")),
    Column("user_id", Identifier, ForeignKey("users.id")),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment),
    Column("last_used_at", Moment),
    Column("revoked_at", Moment),
    UniqueConstraint("prefix"),
    Index(None, "program_id", "id"),
    Index(None, "user_id", "id"),
)
"""Who may sign in with a token of ours; never deleted. ``name`` may name a person, and so may be erased."""

audit = Table(
    "audit",
    metadata,
    Column("id", Identifier, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("kind", Text, nullable=False),
    Column("request_id", Text, nullable=False),
    Column("program_id", Identifier, ForeignKey("programs.id")),
    Column("token_id", Identifier, ForeignKey("tokens.id")),
    Column("caller_id", Identifier, ForeignKey("users.id")),
    Column("caller_name", Text),
    Column("person_id", Identifier, ForeignKey("users.id")),
    Column("classes", Text),
    Column("code", Text),
    Column("detail", Text),
    Column("times", Integer, nullable=False),
    Index(None, "at", "id"),
    Index(None, "person_id", "id"),
    Index(None, "token_id", "id"),
    Index(None, "caller_id", "id"),
)
"""Who was shown data of whom, who signed in, who was refused: see ``server.domain.audit``."""

messages = Table(
    "messages",
    metadata,
    Column("id", Identifier, primary_key=True),
    Column("program_id", Identifier, ForeignKey("programs.id"), nullable=False),
    Column("template", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("subject_kind", Text, nullable=False),
    Column("subject_id", Identifier, nullable=False),
    Column("cause_id", Identifier, ForeignKey("status_changes.id"), nullable=False),
    Column("recipient_id", Identifier, ForeignKey("users.id")),
    Column("role", Text),
    Column("sites", Document, nullable=False),
    Column("title", Text),
    Column("body", Text),
    Column("address", Text),
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_attempt_at", Moment, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("delivered_at", Moment),
    Column("error", Text),
    Index(None, "program_id", "id"),
    Index(None, "program_id", "state", "id"),
    Index(None, "program_id", "channel", "id"),
    Index(None, "program_id", "template", "id"),
    Index(None, "program_id", "created_at", "id"),
    Index(None, "recipient_id", "id"),
    Index(None, "subject_kind", "subject_id", "id"),
    Index(None, "cause_id", "id"),
    Index(None, "state", "channel", "next_attempt_at", "id"),
)
"""The outbox: written with the act that says it, delivered afterwards. Title, body and address can be erased."""
