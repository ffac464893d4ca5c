"""Whole runs: files in, checkpoints out; averages, comparisons and confidences of finished ones."""
