"""Sources that push or are polled in a thread: what they have in common."""
