"""Hosts from DNS: A and AAAA records, SRV records."""
