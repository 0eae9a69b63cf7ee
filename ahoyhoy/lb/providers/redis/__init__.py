"""Hosts from Redis."""
