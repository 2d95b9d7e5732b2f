"""An official server over streamable HTTP: `http_server.py PORT`, of every kind that there is.

`/mcp` has sessions and streams, `/json` sessions and whole bodies, `/stateless` neither.
"""

import contextlib
import sys
from collections.abc import AsyncIterator

import uvicorn
from mcp.server.mcpserver import Context, MCPServer
from starlette.applications import Starlette
from starlette.routing import Mount


def server() -> MCPServer:
    made = MCPServer("people")

    @made.tool()
    async def person(name: str, ctx: Context) -> str:
        """Who somebody is."""
        await ctx.report_progress(1, 2, "looking")
        return f"{name}, SSN 078-05-1120"

    @made.tool()
    def denied(why: str = "") -> str:
        """Asks for a reason."""
        return f"done: {why}"

    return made


servers = {
    "mcp": (server(), {}),
    "json": (server(), {"json_response": True}),
    "stateless": (server(), {"stateless_http": True}),
}


@contextlib.asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[None]:
    async with contextlib.AsyncExitStack() as stack:
        for made, _ in servers.values():
            await stack.enter_async_context(made.session_manager.run())
        yield


mounts = [
    Mount(f"/{name}", made.streamable_http_app(streamable_http_path="/", **options))
    for name, (made, options) in servers.items()
]
uvicorn.run(Starlette(routes=mounts, lifespan=lifespan), port=int(sys.argv[1]), log_level="warning")
