"""The training loop: steps, optimisers, precision, distributed training, and a run's log and state."""
