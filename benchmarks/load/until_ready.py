"""Request a URL until it returns 200; print the time of that response in seconds since 1970."""

import sys
import time
from urllib.request import urlopen

deadline = time.monotonic() + 120
while time.monotonic() < deadline:
    try:
        with urlopen(sys.argv[1], timeout=30):
            sys.exit(sys.stdout.write(f"{time.time()}\n") and 0)
    except OSError:  # no such host or port yet, or not ready
        time.sleep(0.01)
sys.exit(f"{sys.argv[1]} was not ready within two minutes")
