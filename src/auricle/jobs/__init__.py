"""Durable work: submitted with the row it is for, leased, retried, and done once whatever is killed meanwhile."""
