"""A token that was read from a file, with its line break, stood in the log and in the error."""

import pytest

from ahoyhoy.exceptions import ProviderError
from ahoyhoy.lb.providers import ConsulProvider, KubernetesProvider
from ahoyhoy.lb.providers.kubernetes.kubeconfig import Access
from ahoyhoy.registration import ConsulRegistry

SECRET = "hunter2"


@pytest.mark.parametrize("end", ["\n", "\r\n", " ", "\u2026", "\0"])
@pytest.mark.parametrize(
    "make",
    [
        lambda token: ConsulProvider("users", token=token),
        lambda token: ConsulRegistry(token=token),
        lambda token: KubernetesProvider("d", "u", address="http://127.0.0.1:1", token=token),
    ],
    ids=["ConsulProvider", "ConsulRegistry", "KubernetesProvider"],
)
def test_it_is_refused_at_once_and_not_repeated(make, end):
    with pytest.raises(ValueError, match=r"strip\(\)") as caught:
        make(SECRET + end)
    assert SECRET not in str(caught.value)


def test_it_is_refused_where_a_kubeconfig_has_it():
    access = Access("https://127.0.0.1:1", token=f"{SECRET}\n", inline={"key": SECRET.encode()})
    with pytest.raises(ProviderError, match=r"strip\(\)") as caught:
        access.headers()
    assert SECRET not in str(caught.value) + repr(access)
