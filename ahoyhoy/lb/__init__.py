"""Load balancers: which host the next attempt goes to."""

from .balancer import LoadBalancer, Picker
from .iloadbalancer import ILoadBalancer
from .randomlb import RandomLB
from .roundrobinlb import RoundRobinLB

__all__ = ("ILoadBalancer", "LoadBalancer", "Picker", "RandomLB", "RoundRobinLB")
