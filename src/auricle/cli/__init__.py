"""A person at a terminal: the `auricle` command."""
