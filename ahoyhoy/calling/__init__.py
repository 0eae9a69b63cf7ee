"""Makes calls: what `Client`, `Session` and a session with retries have in common."""
