"""Published data sets: downloaded, checked, and turned into training files."""
