"""Messages as e-mail over SMTP."""

from siyu.channels.email.channel import EmailChannel

__all__ = ["EmailChannel"]
