"""What answers a search: reading what is asked, batching, searching, ranking, and what an answer holds."""
