"""Text messages 短信: signed calls, limits a phone, reports that come later, replies."""

from rehearsal.platforms.sms.routes import sms
from rehearsal.platforms.sms.world import Sms

__all__ = ["Sms", "sms"]
