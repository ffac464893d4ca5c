"""How a structure or a text becomes numbers: parsing, features, bags, collation. RDKit and NumPy; torch in `batch`."""
