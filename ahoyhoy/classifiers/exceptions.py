"""4.x import path of the classifiers' errors."""

from ..exceptions import Ahoyhoy500Exception, AhoyhoyClassifiersException

__all__ = ("Ahoyhoy500Exception", "AhoyhoyClassifiersException")
