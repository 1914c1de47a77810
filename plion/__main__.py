"""`python -m plion`: the same command line as `plion`."""

import sys

from plion.cli import main

sys.exit(main())
