"""Where platforms call. See ``door.py``."""

from siyu.web.callbacks.door import Door

__all__ = ["Door"]
