"""What molecules are and do, as captions say, and what they have in them, asked for and trained on by itself."""
