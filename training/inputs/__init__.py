"""Inputs of training: features, vocabularies, Mol2vec vectors, batches."""
