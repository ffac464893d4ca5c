"""Classes and roles: what captions say that molecules are and do, asked for and trained on by themselves."""
