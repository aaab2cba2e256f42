"""A user without a browser: speaks the app's own WebSocket protocol and reads the page that it draws."""

import re
import time
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any, Self

import pyarrow as pa
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import connect

LONGEST_ANSWER_S = 180
_MIB = 2**20
# What an answer consists of; ids of widgets and of map parts are each session's own.
_TEXT = ("markdown", "metric", "alert", "text", "heading")
_LINE = re.compile(r"(?:base|scenario):F\d[\w>:@-]*")  # the key of a corridor's line on the map
_FAULTS = ("exception",)


@dataclass(frozen=True)
class Page:
    """What one question drew, how long it took, what went wrong."""

    seconds: float
    fault: str = ""
    words: tuple[str, ...] = ()
    """The text of the page, top to bottom."""
    tables: tuple[tuple[tuple[str, ...], ...], ...] = ()
    """Every cell of every table, as text; a first row of headings."""
    lines: tuple[str, ...] = ()
    """The corridors on the map: names that Folium makes up anew for each session are none of it."""

    def differs_from(self, other: "Page") -> str:
        """Name the first thing in which two pages differ: words, a table's cell, or a line of the map; else nothing."""
        for mine, theirs in zip_longest(self.words, other.words):
            if mine != theirs:
                return f"words: {theirs!r} expected, {mine!r} drawn"
        for number, (mine, theirs) in enumerate(zip_longest(self.tables, other.tables, fillvalue=()), start=1):
            if mine != theirs:
                return f"table {number}: {_first(theirs, mine)}"
        if self.lines != other.lines:
            lost, strange = set(other.lines) - set(self.lines), set(self.lines) - set(other.lines)
            return f"map: {len(lost)} lines lacking, {len(strange)} that do not belong: {sorted(strange | lost)[:2]}"
        return ""


def _first(expected: tuple[tuple[str, ...], ...], drawn: tuple[tuple[str, ...], ...]) -> str:
    """Name the first row in which two tables differ."""
    for number, (theirs, mine) in enumerate(zip_longest(expected, drawn)):
        if mine != theirs:
            return f"row {number}: {theirs} expected, {mine} drawn"
    return "order"


class User:
    """One session of the app; use as a context."""

    def __init__(self, port: int) -> None:
        # no pings of ours: a browser sends none either
        self._socket: Any = connect(
            f"ws://127.0.0.1:{port}/_stcore/stream",
            subprotocols=["streamlit"], max_size=64 * _MIB, open_timeout=60, ping_interval=None, legacy=True,
        )  # fmt: skip
        self._known: dict[str, ForwardMsg] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def ask(self, query: str) -> Page:
        """Open an address and wait until the page is drawn."""
        message = BackMsg()
        message.rerun_script.query_string = query
        begun = time.monotonic()
        self._socket.send(message.SerializeToString())
        drawn: dict[tuple[int, ...], tuple[str, Any]] = {}
        fault = ""
        while True:
            left_s = LONGEST_ANSWER_S - (time.monotonic() - begun)
            told = self._resolved(ForwardMsg.FromString(self._socket.recv(timeout=max(left_s, 0.1))))
            kind = told.WhichOneof("type")
            if kind == "script_finished":
                # a page stopped for a newer one also ends; only a whole one is an answer
                if told.script_finished != ForwardMsg.FINISHED_SUCCESSFULLY:
                    fault = fault or ForwardMsg.ScriptFinishedStatus.Name(told.script_finished)
                break
            if kind == "session_event" and told.session_event.WhichOneof("type") == "script_compilation_exception":
                fault = "the script does not compile"
            if kind == "delta":
                place = tuple(told.metadata.delta_path)
                drawn.pop(place, None)
                fault = self._draw(told.delta, place, drawn) or fault
        seconds = time.monotonic() - begun
        words, tables, lines = (tuple(value for _, (part, value) in sorted(drawn.items()) if part == name)
                                for name in ("words", "table", "map"))  # fmt: skip
        return Page(seconds, fault, words, tables, tuple(line for each in lines for line in each))

    def _resolved(self, told: ForwardMsg) -> ForwardMsg:
        """Give the message that a reference stands for: the app sends a large one once."""
        if told.WhichOneof("type") == "ref_hash":
            whole = ForwardMsg.FromString(self._known[told.ref_hash].SerializeToString())
            whole.metadata.CopyFrom(told.metadata)
            return whole
        if told.hash:
            self._known[told.hash] = told
        return told

    @staticmethod
    def _draw(delta: Any, place: tuple[int, ...], drawn: dict[tuple[int, ...], tuple[str, Any]]) -> str:
        """Keep what an element says; return what is wrong with it."""
        if delta.WhichOneof("type") != "new_element":
            return ""
        element = delta.new_element
        kind = element.WhichOneof("type")
        if kind in _FAULTS:
            return f"exception: {element.exception.type}"
        if kind in _TEXT:
            drawn[place] = ("words", str(getattr(element, kind)))
        elif kind == "arrow_data_frame":
            drawn[place] = ("table", _cells(element.arrow_data_frame.data))
        elif kind == "component_instance":
            drawn[place] = ("map", sorted(set(_LINE.findall(element.component_instance.json_args))))
        return ""


def _cells(raw: bytes) -> tuple[tuple[str, ...], ...]:
    """Read a table as the app sends it: a row of headings, then its rows, as text."""
    table = pa.ipc.open_stream(raw).read_all()
    columns = [[str(value) for value in column.to_pylist()] for column in table.columns]
    return (tuple(table.column_names), *zip(*columns, strict=True))
