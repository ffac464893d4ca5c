"""Hubness: candidates that are near everything. How much of it there is, and what a bank of queries mends of it."""
