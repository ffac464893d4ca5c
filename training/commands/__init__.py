"""The subcommands of `molseek-train`, one file each."""
