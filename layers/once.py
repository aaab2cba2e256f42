"""
Keeps answers as `functools.lru_cache` does, and works each out once however many ask at the same moment.

Work takes turns, in one process-wide queue: Python runs one thread at a time anyway, and twenty sessions that each
load the network or price the same chains take twenty times the memory and starve the server that should serve them.
"""

from collections import OrderedDict
from collections.abc import Callable
from functools import update_wrapper
from threading import Lock, RLock
from typing import Generic, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

_TURN = RLock()  # re-entrant: what is worked out may need something else that is kept


class Once(Generic[P, R]):
    """A function with the results that are kept of it; made by `once`."""

    def __init__(self, function: Callable[P, R], maxsize: int) -> None:
        self._function = function
        self._maxsize = maxsize
        self._kept: OrderedDict[object, R] = OrderedDict()
        self._guard = Lock()
        update_wrapper(self, function)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Give what is kept at once; else wait for a turn and work it out."""
        key = (args, tuple(sorted(kwargs.items())))
        with self._guard:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        with _TURN:
            with self._guard:
                if key in self._kept:  # someone else worked it out meanwhile
                    return self._kept[key]
            result = self._function(*args, **kwargs)
            with self._guard:
                self._kept[key] = result
                if len(self._kept) > self._maxsize:
                    self._kept.popitem(last=False)
            return result

    def cache_clear(self) -> None:
        """Forget all; the name is that of `functools.lru_cache`."""
        with self._guard:
            self._kept.clear()


def once(maxsize: int) -> Callable[[Callable[P, R]], Once[P, R]]:
    """
    Keep the last `maxsize` results of a function by its (hashable) arguments; an error is not kept.

    Examples
    --------
    >>> calls = []
    >>> double = once(2)(lambda x: calls.append(x) or 2 * x)
    >>> double(3), double(3), calls
    (6, 6, [3])
    """
    return lambda function: Once(function, maxsize)
