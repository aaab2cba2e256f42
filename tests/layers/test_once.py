"""Kept results: worked out once however many ask, never mixed up, the oldest dropped first."""

import time
from concurrent.futures import ThreadPoolExecutor
from threading import Event, Thread

import pytest

from layers.once import once


def test_many_at_once_work_it_out_once():
    calls = []

    @once(8)
    def slow(number):
        calls.append(number)
        time.sleep(0.05)
        return 2 * number

    with ThreadPoolExecutor(16) as pool:
        found = list(pool.map(slow, [1, 2] * 8))
    assert found == [2, 4] * 8
    assert sorted(calls) == [1, 2]


def test_what_is_kept_does_not_wait_for_another_turn():
    begun, go_on = Event(), Event()

    @once(8)
    def work(number):
        if number == 2:
            begun.set()
            go_on.wait(5)
        return number

    work(1)
    other = Thread(target=work, args=(2,))
    other.start()
    begun.wait(5)
    start = time.monotonic()
    assert work(1) == 1
    assert time.monotonic() - start < 1
    go_on.set()
    other.join(5)


def test_one_kept_function_may_ask_another_and_the_oldest_goes_first():
    calls = []

    @once(2)
    def inner(number):
        calls.append(number)
        return number

    @once(1)
    def outer(number):
        return inner(number) + 1

    assert [outer(n) for n in (1, 2, 3)] == [2, 3, 4]
    inner(3)
    inner(1)
    assert calls == [1, 2, 3, 1]


def test_an_error_is_not_kept():
    calls = []

    @once(2)
    def fails(number):
        calls.append(number)
        raise KeyError(number)

    for _ in range(2):
        with pytest.raises(KeyError):
            fails(1)
    assert calls == [1, 1]
