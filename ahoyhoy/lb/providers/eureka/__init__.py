"""Hosts from Eureka."""
