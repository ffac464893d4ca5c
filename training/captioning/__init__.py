"""Molecule captioning: a T5 that also sees the molecule as a checkpoint embeds it (Song et al., §III-F, Fig. 4)."""
