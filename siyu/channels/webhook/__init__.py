"""Messages as signed HTTP calls to a service of the brand's own: an SMS gateway, an app's push, another SCRM."""

from siyu.channels.webhook.channel import WebhookChannel

__all__ = ["WebhookChannel"]
