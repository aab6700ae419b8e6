"""Queues in the long run: closed forms, exact chains, and approximations of stated range."""
