"""Checkpoint and corpora in, index release out: read, embed, build, verify, publish, roll back."""
