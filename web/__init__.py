"""The window: pages over what tasks/ know. `site.site` makes the ASGI application of a `Window`; worker/ serves it.

A request passes `guard` (its Host header, the headers of the reply), `site` (who asks, and what is asked of which
page), a page in `pages/`, and a template. How to add a page stands in `web/pages/__init__.py`.
"""
