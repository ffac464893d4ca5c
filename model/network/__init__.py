"""What turns features into vectors: two towers, one projector, and several networks as one."""
