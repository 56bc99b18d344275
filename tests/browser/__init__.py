"""Walks through the pages in a browser: a package, so that it ends with the last of them."""
