"""The one state table: which event may follow which, for each kind of request.

```
          READY
STARTING ------> the connection is open; each request then is:

ANSWER:   WAITING --OK|ERROR--> DONE
CONTENT:  WAITING --DATA--> WAITING --OK|ERROR--> DONE
PROGRAM:  WAITING --STARTED--> RUNNING --STDOUT|STDERR--> RUNNING --EXIT--> DONE
          WAITING --ERROR--> DONE
```

Everything else is a breach: the host then believes nothing more and destroys the
sandbox.
"""

from __future__ import annotations

from enum import Enum

from carrel.wire.messages import Event, ProtocolError, Request


class Kind(Enum):
    """What a request's answer looks like."""

    SILENT = "silent"
    ANSWER = "answer"
    CONTENT = "content"
    PROGRAM = "program"


class State(Enum):
    """Where a request stands."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"


KINDS: dict[Request, Kind] = {
    Request.CONFIGURE: Kind.ANSWER,
    Request.PING: Kind.ANSWER,
    Request.PUT: Kind.ANSWER,
    Request.GET: Kind.CONTENT,
    Request.LIST: Kind.CONTENT,
    Request.STAT: Kind.ANSWER,
    Request.MKDIR: Kind.ANSWER,
    Request.REMOVE: Kind.ANSWER,
    Request.EXECUTE: Kind.PROGRAM,
    Request.STDIN: Kind.SILENT,
    Request.STDIN_END: Kind.SILENT,
    Request.SIGNAL: Kind.SILENT,
    Request.KILL_ALL: Kind.ANSWER,
    Request.RESET: Kind.ANSWER,
    Request.SHUTDOWN: Kind.SILENT,
    Request.WAIT: Kind.ANSWER,
    Request.HELLO: Kind.SILENT,  # READY says it again: a clone is asked whether it lives
}

TABLE: dict[tuple[Kind, State, Event], State] = {
    (Kind.ANSWER, State.WAITING, Event.OK): State.DONE,
    (Kind.ANSWER, State.WAITING, Event.ERROR): State.DONE,
    (Kind.CONTENT, State.WAITING, Event.DATA): State.WAITING,
    (Kind.CONTENT, State.WAITING, Event.OK): State.DONE,
    (Kind.CONTENT, State.WAITING, Event.ERROR): State.DONE,
    (Kind.PROGRAM, State.WAITING, Event.STARTED): State.RUNNING,
    (Kind.PROGRAM, State.WAITING, Event.ERROR): State.DONE,
    (Kind.PROGRAM, State.RUNNING, Event.STDOUT): State.RUNNING,
    (Kind.PROGRAM, State.RUNNING, Event.STDERR): State.RUNNING,
    (Kind.PROGRAM, State.RUNNING, Event.EXIT): State.DONE,
}


class Conversation:
    """The host's view of one connection: which requests are open, and where each stands."""

    def __init__(self) -> None:
        self.ready = False
        self._open: dict[int, tuple[Kind, State]] = {}
        self._next_id = 1

    @property
    def open_requests(self) -> int:
        """How many requests have not been answered yet."""
        return len(self._open)

    def begin(self, request: Request) -> int:
        """Return the id for a new request that expects an answer."""
        kind = KINDS[request]
        if kind is Kind.SILENT:
            raise ValueError(f"{request.name} has no answer of its own")
        request_id = self._next_id
        self._next_id = self._next_id % 0xFFFF_FFFF + 1
        self._open[request_id] = (kind, State.WAITING)
        return request_id

    def receive(self, event: Event, request_id: int) -> State:
        """Return the request's state after `event`; ProtocolError when it may not come now."""
        if event is Event.READY:
            if self.ready or request_id != 0:
                raise ProtocolError("the guest said READY twice")
            self.ready = True
            return State.DONE
        if not self.ready:
            raise ProtocolError(f"the guest sent {event.name} before READY")
        found = self._open.get(request_id)
        if found is None:
            raise ProtocolError(f"the guest sent {event.name} for no open request")
        kind, state = found
        following = TABLE.get((kind, state, event))
        if following is None:
            raise ProtocolError(f"the guest sent {event.name} to a request that is {state.value}")
        if following is State.DONE:
            del self._open[request_id]
        else:
            self._open[request_id] = (kind, following)
        return following
