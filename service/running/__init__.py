"""What runs and watches the service: processes, releases and checkpoints as they change, logs, traces."""
