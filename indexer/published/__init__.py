"""Published collections of molecules as corpora to search: fetched, checked, and written as tables."""
