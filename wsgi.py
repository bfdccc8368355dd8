"""Makes the app that the server runs: `gunicorn wsgi:app`, `flask --app wsgi ...`."""

import sys

from webapp import create_app
from webapp.config import SettingsProblem

WORKER_CANNOT_BOOT = 3  # gunicorn gives up on this code; a worker that ends with another it starts again, for ever

try:
    app = create_app()
except SettingsProblem as problem:
    sys.stderr.write(f"{problem}\n")  # the list of what to set, which a traceback would push off the screen
    sys.exit(WORKER_CANNOT_BOOT if "gunicorn" in sys.modules else 1)
