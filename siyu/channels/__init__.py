"""The ways to a customer. See README.md in this folder."""

from siyu.channels.calls import Answer, Caller
from siyu.channels.protocol import ACCEPTED, REASONS, About, Account, Channel, Check, Field, Message, Outcome, Part
from siyu.channels.registry import Channels, channels_of, hands_of, receivers_of, welcomers_of
from siyu.channels.secrets import Keyring, keyring

__all__ = [
    "ACCEPTED",
    "REASONS",
    "About",
    "Account",
    "Answer",
    "Caller",
    "Channel",
    "Channels",
    "Check",
    "Field",
    "Keyring",
    "Message",
    "Outcome",
    "Part",
    "channels_of",
    "hands_of",
    "keyring",
    "receivers_of",
    "welcomers_of",
]
