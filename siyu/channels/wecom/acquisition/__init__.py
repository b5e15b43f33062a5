"""Customer acquisition (获客助手): paid links that add a member at once; who came by them and what is left to spend."""
