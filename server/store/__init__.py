"""Keeps records and history in SQLite or PostgreSQL; the only folder that knows SQL."""
