"""Hosts from ZooKeeper."""
