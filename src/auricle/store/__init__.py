"""Rows: every entity of every resource, on SQLite or PostgreSQL, with migrations that run at start."""
