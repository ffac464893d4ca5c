"""Whole runs: files in, checkpoints out; and what is made of finished ones (means, comparisons, confidences)."""
