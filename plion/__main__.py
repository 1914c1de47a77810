"""`python -m plion`: the same command line as `plion`."""

import sys

from plion.cli.main import main

sys.exit(main())
