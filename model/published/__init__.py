"""Published collections of molecules and texts: downloaded, checked, and read. Training and indexer share this."""
