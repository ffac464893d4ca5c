"""What stands between clients and the answers: keys, limits, time limits, sizes, headers and problems."""
