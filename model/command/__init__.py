"""What all commands share, whatever they do."""
