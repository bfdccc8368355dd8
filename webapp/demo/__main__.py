"""`python -m webapp.demo`: the whole demo, until Ctrl-C.

With `--end-with-parent` it also ends when the process that started it is gone. That is how `make` starts it.
"""

import sys

from webapp.demo.supervisor import main

sys.exit(main(sys.argv[1:]))
