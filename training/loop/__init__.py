"""The training loop: steps, optimisers, precision, several processes, and what a run writes while it goes."""
