"""Published data sets: downloaded, checked, and converted to training files."""
