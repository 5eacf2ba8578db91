"""Puts the page's script in front of Gradio's own code.

Gradio's `head=` is applied by Gradio's script, when it has already chosen a language; `?lang=` has to come before. So
the script is written into the HTML of the page itself, on its way out.
"""

import gzip

from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from demos.views import source


class EarlyScript:
    """ASGI middleware: adds a script right after `<head>` of the page at "/", and compresses it if the browser reads
    that, which Gradio leaves undone. Everything else passes untouched."""

    def __init__(self, app: ASGIApp, script: str):
        self.app, self.tag = app, f"<head><script>{script}</script>".encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != "/":
            await self.app(scope, receive, send)
            return
        small = "gzip" in Headers(scope=scope).get("accept-encoding", "")
        start: Message = {}
        body = b""

        async def rewrite(message: Message) -> None:
            nonlocal start, body
            if message["type"] == "http.response.start":
                start = message
                return
            body += message.get("body", b"")
            if message.get("more_body"):
                return
            page = body.replace(b"<head>", self.tag, 1)
            kept = [(name, value) for name, value in start["headers"] if name.lower() != b"content-length"]
            if small:
                page = gzip.compress(page, 3)
                kept.append((b"content-encoding", b"gzip"))
            kept += [(b"content-length", str(len(page)).encode()), (b"vary", b"accept-encoding")]
            await send(start | {"headers": kept})
            await send({"type": "http.response.body", "body": page})

        await self.app(scope, receive, rewrite)


def early_script() -> Middleware:
    """The middleware with what all views share."""
    return Middleware(EarlyScript, script="".join(map(source, ("page.js", "matrix.js", "pixels.js"))))
