"""Which piece suits whom: tags of content × people's interests, popularity, freshness, and a share of trying out.

``interests`` reads what people did, by set, in the event log; ``portraits`` and ``choosing`` are pure. Nothing here
sends: what was chosen goes into a message, and the guard decides about the message.
"""
