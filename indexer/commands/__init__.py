"""The subcommands of `molseek-index`."""
