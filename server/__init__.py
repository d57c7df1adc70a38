"""Matchkeeper: the status life cycle of mentoring programs, with its rules as data."""
