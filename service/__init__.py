"""Checkpoint and index release in, answers out: the web service, its command and what they are made of."""
