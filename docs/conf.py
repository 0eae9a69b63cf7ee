"""Sphinx's configuration. `tox -e docs` builds; every warning is an error."""

import importlib.metadata

from sphinx.util.nodes import make_refnode

project = "ahoyhoy"
author = "ahoyhoy contributors"
copyright = author
release = version = importlib.metadata.version("ahoyhoy")

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = f"ahoyhoy {release}"

myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3

default_role = "literal"  # docstrings are written like the pages: `name` is code
autodoc_member_order = "bysource"
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented"
autodoc_preserve_defaults = True
napoleon_numpy_docstring = False

# Every reference to something of ours must resolve; the rest is documented elsewhere.
nitpick_ignore_regex = [("py:.*", r"(?!ahoyhoy\.).*"), ("py:.*", r"ahoyhoy\.(.*\.)?_.*")]

nitpick_ignore = [("py:class", "ahoyhoy.circuit.states.State")]  # the base of the public three


def to_public_name(app, env, node, text):
    """A signature names the module that defines a class; readers know the one they import from."""
    name = "." + node.get("reftarget", "").rpartition(".")[2]
    python = env.get_domain("py")
    for public, entry in python.objects.items():
        if (
            node.get("refdomain") == "py"
            and public.startswith("ahoyhoy.")
            and public.endswith(name)
        ):
            here = node.get("refdoc", env.docname)
            return make_refnode(app.builder, here, entry.docname, entry.node_id, text, public)
    return None


def setup(app):
    """Called by Sphinx."""
    app.connect("missing-reference", to_public_name)
