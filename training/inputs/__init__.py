"""What networks are trained on, made ready once: features, vocabularies, Mol2vec vectors, batches."""
