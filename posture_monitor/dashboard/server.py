"""The web server in a thread of its own, on loopback only."""

from __future__ import annotations

import os
import socket
import threading
from typing import TYPE_CHECKING, Self

from posture_monitor.dashboard.keys import KEY_FIELD, TOKEN_FIELD
from posture_monitor.domain import ConfigError, PostureMonitorError

if TYPE_CHECKING:
    import uvicorn
    from starlette.applications import Starlette

    from posture_monitor.dashboard.keys import Keys

LOOPBACK = "127.0.0.1"
_START_TIMEOUT_S = 10.0
_STOP_TIMEOUT_S = 8.0


class DashboardServer:
    """Serves one application while it is held as a context, or from ``start`` to ``stop``."""

    def __init__(
        self, app: Starlette, port: int | None = None, *, bound: socket.socket | None = None
    ) -> None:
        """``bound`` listens already, and may have been asked already."""
        self._app = app
        self._wanted_port = port or 0
        self._bound = bound
        self._socket: socket.socket | None = None
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None
        self._ready = threading.Event()

    @property
    def port(self) -> int:
        """The port it listens on, 0 before it does."""
        return 0 if self._socket is None else int(self._socket.getsockname()[1])

    @property
    def address(self) -> str:
        """What to open, the token included; good as long as the server runs."""
        return address_at(self.port, self._app.state.keys)

    def address_for_browser(self, page: str = "/") -> str:
        """What may stand on a command line, where every account reads it: it works once."""
        key = self._app.state.keys.new_key()
        return f"http://{LOOPBACK}:{self.port}{page}?{KEY_FIELD}={key}"

    @property
    def running(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def start(self) -> Self:
        """Listen and answer; ConfigError where the port can't be had."""
        import uvicorn

        from posture_monitor.dashboard import connections

        self._socket = listen(self._wanted_port) if self._bound is None else self._bound
        config = uvicorn.Config(
            self._app,
            loop="asyncio",
            http=connections.protocol_for(self._app.state.strangers),
            ws="none",
            lifespan="off",
            log_config=None,
            log_level="error",
            access_log=False,
            server_header=False,
            date_header=False,
            proxy_headers=False,
            backlog=connections.BACKLOG,
            limit_concurrency=connections.MOST_CONNECTIONS,
            h11_max_incomplete_event_size=16 * 1024,
            timeout_keep_alive=15,
            timeout_graceful_shutdown=5,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._serve, name="dashboard", daemon=True)
        self._thread.start()
        if not self._ready.wait(_START_TIMEOUT_S):
            self.stop()
            raise PostureMonitorError("the dashboard did not start; try again, or run doctor")
        return self

    def _serve(self) -> None:
        import asyncio

        from posture_monitor.dashboard.connections import QUEUE, quiet

        server, bound = self._server, self._socket
        assert server is not None
        assert bound is not None
        started = server.startup

        async def startup(sockets: list[socket.socket] | None = None) -> None:
            asyncio.get_running_loop().set_exception_handler(quiet)
            await started(sockets)
            bound.listen(QUEUE)  # asyncio has set it to what it accepts at a time
            self._ready.set()

        server.startup = startup  # type: ignore[method-assign]  # uvicorn tells it only by polling
        server.run(sockets=[bound])

    def stop(self) -> None:
        """End all answers that still go on and let go of the record; a second call is nothing."""
        self._app.state.stopping.set()
        if self._server is not None:
            self._server.should_exit = True
        if self._thread is not None:
            self._thread.join(_STOP_TIMEOUT_S)
            self._thread = None
        if self._socket is not None:
            self._socket.close()
            self._socket = None
        self._app.state.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()


def address_at(port: int, keys: Keys) -> str:
    """What to open, the token included."""
    return f"http://{LOOPBACK}:{port}{keys.base}/?{TOKEN_FIELD}={keys.token}"


def listen(port: int = 0) -> socket.socket:
    """A socket on loopback that takes connections, which wait until a server answers them."""
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        if os.name == "posix":  # on Windows the option would let two programs share a port
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((LOOPBACK, port))
        bound.listen(64)
    except (OSError, OverflowError) as error:
        bound.close()
        raise ConfigError(
            "port {port} can't be used ({error}); choose another --port, or leave it out",
            port=port,
            error=error,
        ) from error
    return bound
