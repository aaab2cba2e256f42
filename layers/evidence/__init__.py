"""
The evidence pack: one zip with an answer's files, what they rest on, and the means to make them again.

`pack` makes it; `verify` asks the same question again and names every byte, number or version that differs.
"""

from layers.evidence.check import verify
from layers.evidence.zipped import pack

__all__ = ["pack", "verify"]
