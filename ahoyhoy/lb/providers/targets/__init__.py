"""Sources of hosts written as a URL."""
