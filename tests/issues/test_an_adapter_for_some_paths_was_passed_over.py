"""What was mounted for some paths of a service was forgotten when another adapter was taken out."""

from requests.adapters import HTTPAdapter

from ahoyhoy import Host, ListProvider, Session


def test_it_is_found_however_many_adapters_there_are():
    special = HTTPAdapter()
    with Session({"users": ListProvider(Host("a", 1))}) as session:
        session.mount("http://users/admin/", special)
        before = session.get_adapter("http://users/admin/x")
        del session.adapters["https://"]
        assert session.get_adapter("http://users/admin/x") is before
        assert before.transport is special
