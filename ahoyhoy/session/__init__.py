"""The drop-in for `requests.Session`, and its transport adapter."""
