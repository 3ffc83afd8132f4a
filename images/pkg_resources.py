"""What supervisord uses of setuptools: finding a function by the name "module:function".

Debian's supervisor imports all of pkg_resources for this one thing, which costs every
container 6 MB and a tenth of a second.
"""

from importlib import import_module


class EntryPoint:
    def __init__(self, reference):
        self.reference = reference

    @classmethod
    def parse(cls, text):
        return cls(text.partition("=")[2].strip())

    def resolve(self):
        module, _, attribute = self.reference.partition(":")
        return getattr(import_module(module), attribute)
