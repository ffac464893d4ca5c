"""Recipes: checkpoints that take several commands, each as one list of steps that can be resumed."""
