"""Lexical to display: the four texts of a result, per locale, with the rules as data."""
