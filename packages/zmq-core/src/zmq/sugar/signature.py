# SPDX-License-Identifier: BSD-3-Clause
"""Signatures of classes whose constructor is native, for `inspect.signature` and help."""


class ClassSignature:
    """The `__signature__` of a class and of its generic aliases, made when asked for.

    Parameters
    ----------
    template : callable
        Takes the arguments of the constructor, without self.
    """

    def __init__(self, template):
        self.template = template
        self.owner = None

    def __set_name__(self, owner, name):
        self.owner = owner

    def __get__(self, instance, owner):
        if owner.__init__ is not self.owner.__init__:
            raise AttributeError("__signature__")  # a subclass has a constructor of its own
        from inspect import signature

        return signature(self.template)
