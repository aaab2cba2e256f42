"""Structured logs: one line of JSON a record, and no word of a user in it."""

import json
import logging

import pytest

from layers.logs import JsonLines, structured


@pytest.fixture
def logger():
    named = logging.getLogger("corridor.test")
    named.addHandler(logging.StreamHandler())
    yield named
    named.handlers.clear()


def test_an_error_is_logged_by_type_and_place_without_its_text():
    try:
        int("what the user typed")
    except ValueError as error:
        record = logging.LogRecord("app", logging.ERROR, "", 0, "failed", (), (type(error), error, error.__traceback__))
    line = JsonLines().format(record)
    told = json.loads(line)
    assert (told["error"], told["message"], told["level"]) == ("ValueError", "failed", "ERROR")
    assert told["at"].startswith("test_logs.py:")
    assert "user" not in line
    assert "/" not in told["at"]


def test_a_record_is_one_line():
    record = logging.LogRecord("app", logging.INFO, "", 0, 'a\nb "c"', (), None)
    assert "\n" not in JsonLines().format(record)
    assert json.loads(JsonLines().format(record))["message"] == 'a\nb "c"'


def test_it_is_for_those_who_ask(logger, monkeypatch):
    monkeypatch.delenv("CORRIDOR_LOGS", raising=False)
    assert not structured()
    assert logger.handlers[0].formatter is None
    monkeypatch.setenv("CORRIDOR_LOGS", "json")
    kept = {handler: handler.formatter for handler in [*logging.getLogger().handlers, logging.lastResort]}
    try:
        assert structured()
        assert structured()
        assert isinstance(logger.handlers[0].formatter, JsonLines)
        assert isinstance(logging.lastResort.formatter, JsonLines), "for libraries whose logger has no handler"
    finally:
        for handler, formatter in kept.items():
            handler.setFormatter(formatter)
