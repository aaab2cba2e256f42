"""A user without a browser: speaks the app's own WebSocket protocol and reads the page that it draws."""

import hashlib
import re
import time
from dataclasses import dataclass
from typing import Any, Self

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
    """What one question drew: a fingerprint of its words and tables, how long it took, what went wrong."""

    fingerprint: str
    seconds: float
    fault: str = ""
    words: tuple[str, ...] = ()


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
        drawn: dict[tuple[int, ...], bytes] = {}
        words: dict[tuple[int, ...], str] = {}
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
                words.pop(place, None)
                fault = self._draw(told.delta, place, drawn, words) or fault
        total = hashlib.sha256()
        for place in sorted(drawn):
            total.update(drawn[place])
        said = tuple(words[place] for place in sorted(words))
        return Page(total.hexdigest(), time.monotonic() - begun, fault, said)

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
    def _draw(delta: Any, place: tuple[int, ...], drawn: dict[Any, bytes], words: dict[Any, str]) -> str:
        """Keep what an element says; return what is wrong with it."""
        if delta.WhichOneof("type") != "new_element":
            return ""
        element = delta.new_element
        kind = element.WhichOneof("type")
        if kind in _FAULTS:
            return f"exception: {element.exception.type}"
        if kind in _TEXT:
            drawn[place] = getattr(element, kind).SerializeToString(deterministic=True)
            words[place] = getattr(getattr(element, kind), "body", "")
        elif kind == "arrow_data_frame":
            drawn[place] = element.arrow_data_frame.data
        elif kind == "component_instance":  # the map: which corridors it holds
            drawn[place] = "\n".join(sorted(set(_LINE.findall(element.component_instance.json_args)))).encode()
        return ""
