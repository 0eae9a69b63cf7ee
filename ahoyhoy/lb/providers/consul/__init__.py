"""Hosts from Consul."""
