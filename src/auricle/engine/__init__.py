"""Acoustic models and the one decoder."""
