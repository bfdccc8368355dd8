"""`python -m webapp.demo`: the whole demo, until Ctrl-C."""

import sys

from webapp.demo.supervisor import main

sys.exit(main())
