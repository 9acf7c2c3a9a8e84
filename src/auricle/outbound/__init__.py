"""Requests to addresses that somebody else named: where they may go, how long they may take, how much may come back."""
