"""
Structured logs: with ``CORRIDOR_LOGS=json`` every line of the server's log is one JSON object.

An error is logged by its type and the places it passed, without its text: that may quote what a user typed or loaded.
"""

import json
import logging
import os
import traceback
from datetime import UTC, datetime
from pathlib import Path

VARIABLE = "CORRIDOR_LOGS"


class JsonLines(logging.Formatter):
    """
    Writes a record as one line of JSON: ``time`` (UTC), ``level``, ``logger``, ``message``, and of an error its type.

    Examples
    --------
    >>> record = logging.LogRecord("app", logging.INFO, "", 0, "two %s", ("words",), None)
    >>> JsonLines().format(record)[-57:]
    '"level": "INFO", "logger": "app", "message": "two words"}'
    """

    def format(self, record: logging.LogRecord) -> str:
        """Write one record; whatever it holds, it is one line."""
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage().strip(),
        }
        if record.exc_info and record.exc_info[0]:
            kind, _, trace = record.exc_info
            frames = traceback.extract_tb(trace)
            line["error"] = kind.__name__
            line["at"] = " < ".join(f"{Path(each.filename).name}:{each.lineno}" for each in reversed(frames))
        return json.dumps(line, ensure_ascii=False)


def structured() -> bool:
    """
    Set every handler there is to JSON lines, where ``CORRIDOR_LOGS`` asks for it.

    Returns
    -------
    asked
        Whether it did; doing so twice changes nothing.
    """
    if os.environ.get(VARIABLE, "").lower() != "json":
        return False
    loggers = [logging.getLogger(), *map(logging.getLogger, logging.root.manager.loggerDict)]
    last = [logging.lastResort] if logging.lastResort else []  # writes for libraries whose logger has no handler
    for handler in {handler for each in loggers for handler in each.handlers} | set(last):
        if not isinstance(handler.formatter, JsonLines):
            handler.setFormatter(JsonLines())
    return True
