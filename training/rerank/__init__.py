"""A second look at the first hits of a base system: the paper's association rules, behind one protocol."""
