"""A simulated mini program (小程序): sign-in, subscription messages, codes and links, callbacks."""
