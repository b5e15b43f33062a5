"""``python -m siyu.cli`` is ``siyu``."""

from siyu.cli import main

raise SystemExit(main())
