"""Parts of structures in the words that chemists use: rings, functional groups, elements, charge, stereochemistry."""
