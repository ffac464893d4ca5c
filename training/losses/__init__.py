"""The terms of the training objective, one file each."""
