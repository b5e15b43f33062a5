"""Composition root: settings → stores → rooms → web and worker. The only file that knows everything."""
