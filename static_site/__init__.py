"""The public side as files that any web host, CDN, onion service or USB stick can serve: `python -m static_site DIR`.

What the server answers is asked of it (`answers.py`), written as a file of its own name (`places.py`) with links that need no server
(`rewriting.py`), and put in the place of what was there before at one stroke (`folder.py`).
"""
