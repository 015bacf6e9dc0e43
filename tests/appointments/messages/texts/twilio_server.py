"""As much of Twilio's API as the library asks for a text, on the loopback, with its answers as documented."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs


class TwilioServer:
    """Used in a `with`. `refusal` is the HTTP status and Twilio's number with which it refuses, if any."""

    def __init__(self) -> None:
        self.taken: list[dict[str, str]] = []
        self.paths: list[str] = []
        self.refusal: tuple[int, int | None] | None = None
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, posted: dict[str, str]) -> tuple[int, dict[str, Any]]:
        if self.refusal:
            status, code = self.refusal
            return status, {"status": status, "message": "no", **({"code": code} if code else {})}
        self.taken.append(posted)
        return 201, {"sid": f"SM{len(self.taken):032d}", "status": "queued", "body": posted["Body"]}

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                posted = {name: said for name, [said] in parse_qs(self.rfile.read(length).decode()).items()}
                server.paths.append(self.path)
                status, answer = server.answer(posted)
                content = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *said: Any) -> None:
                """Says nothing."""

        return Handler
