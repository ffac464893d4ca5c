"""Which rows a search may find: property ranges, tags, substructures."""
