"""What a structure has in it, in the words that chemists use: rings, functional groups, elements, charge, stereo."""
