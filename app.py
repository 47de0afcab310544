"""The WSGI entry of the dashboard: `gunicorn app:server`. It reads the public part of the vintages, nothing else."""

from __future__ import annotations

import settings
from components import layout, web

SITE = settings.load().site


def build() -> web.VyrakDash:
    """The Dash app with its page, callbacks, downloads and headers."""
    app = web.VyrakDash(
        __name__, server=web.compressing(__name__), title=SITE.title, update_title=SITE.title,
        assets_folder="components/assets", use_pages=False, pages_folder="", assets_ignore=r"plotly-basic.*|embed.*",
        serve_locally=True, compress=True, enable_mcp=False, suppress_callback_exceptions=False,
        add_log_handler=False, description=SITE.subtitle,
        meta_tags=[{"name": "viewport", "content": "width=device-width, initial-scale=1"},
                   {"name": "referrer", "content": "no-referrer"}],
    )
    layout.register(app)
    app.layout = layout.shell
    web.register(app)
    return app


app = build()
server = app.server
