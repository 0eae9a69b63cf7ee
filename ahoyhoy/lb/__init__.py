"""Load balancers: which host the next attempt goes to."""

from .balancer import LoadBalancer
from .consistenthashlb import ConsistentHashLB, ConsistentHashPicker
from .failoverlb import FailoverLB, SpillingTiers
from .gradient import Gradient2
from .iloadbalancer import ILoadBalancer
from .leastrequestlb import LeastRequestLB, LeastRequestPicker
from .limits import Limits
from .peakewmalb import PeakEwmaLB, PeakEwmaPicker
from .picker import Picker
from .randomlb import RandomLB, RandomPicker
from .roundrobinlb import RoundRobinLB, RoundRobinPicker
from .tiers import StrictTiers, Tiers
from .weightedroundrobinlb import WeightedRoundRobinLB, WeightedRoundRobinPicker

__all__ = (
    "ConsistentHashLB",
    "ConsistentHashPicker",
    "FailoverLB",
    "Gradient2",
    "ILoadBalancer",
    "LeastRequestLB",
    "LeastRequestPicker",
    "Limits",
    "LoadBalancer",
    "PeakEwmaLB",
    "PeakEwmaPicker",
    "Picker",
    "RandomLB",
    "RandomPicker",
    "RoundRobinLB",
    "RoundRobinPicker",
    "SpillingTiers",
    "StrictTiers",
    "Tiers",
    "WeightedRoundRobinLB",
    "WeightedRoundRobinPicker",
)
