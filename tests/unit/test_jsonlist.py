"""A long JSON list, item by item."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ahoyhoy.lb.providers.watching.jsonlist import items_of

SCALARS = st.none() | st.booleans() | st.integers() | st.text()
VALUES = st.recursive(
    SCALARS, lambda v: st.lists(v, max_size=3) | st.dictionaries(st.text(), v, max_size=3)
)


@given(st.lists(VALUES), st.sampled_from([None, 1]))
def test_its_items_are_those_of_the_list(items, indent):
    assert list(items_of(json.dumps(items, indent=indent).encode())) == items


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "[",
        "]",
        "[1",
        "[1,",
        "[1,]",
        "[1 2]",
        "[1]x",
        "[] []",
        "[,]",
        "null",
        "[x]",
        "\xff",
    ],
)
def test_what_is_no_list_is_an_error(text):
    with pytest.raises(ValueError, match=r".+"):
        list(items_of(text.encode("latin-1")))
