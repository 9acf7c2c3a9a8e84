"""Listening sessions: segment, decode live, schedule, lease a model."""
