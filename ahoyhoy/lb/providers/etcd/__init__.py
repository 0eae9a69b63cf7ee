"""Hosts from etcd."""
