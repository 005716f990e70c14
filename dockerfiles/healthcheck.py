"""Exits 0 if the service answers. Standard library only: slim images have no curl."""

import os
import sys
import urllib.request

url = f"http://127.0.0.1:{os.environ.get('PORT', '8000')}/healthz"
try:
    # Never through a proxy, whatever http_proxy says.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    opener.open(url, timeout=4).close()
except OSError as error:
    sys.exit(f"{url}: {error}")
