"""Pairs in, checkpoint out: data sets, Mol2vec, losses, trainer and evaluation."""
