"""Serves a hub for measuring, as `luciole hub serve` does; with `orm`, without the fast layer in front.

python benchmarks/hub_serving.py FOLDER PORT UPLOAD_PORT fast|orm JOB_WORKERS
"""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Serves until it is told to stop."""
    folder, port, uploads, way, workers = sys.argv[1:]
    os.environ |= {
        "LUCIOLE_HUB": folder, "LUCIOLE_LISTEN": f"127.0.0.1:{port}", "LUCIOLE_ADDRESS": f"http://127.0.0.1:{port}",
        "LUCIOLE_LISTEN_UPLOADS": f"127.0.0.1:{uploads}", "LUCIOLE_JOB_WORKERS": workers,
    }  # fmt: skip
    from luciole.hub.site.starting import set_up

    settings = set_up()
    if way == "orm":
        from luciole.hub.site import fast

        fast.layer = lambda behind: behind  # the same addresses, answered by Django through its middlewares and ORM
    from luciole.hub.site.serve import serve

    serve(settings)


if __name__ == "__main__":
    main()
