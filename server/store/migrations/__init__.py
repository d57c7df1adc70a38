"""The versions of the tables, oldest first in ``versions``; Alembic runs them."""
