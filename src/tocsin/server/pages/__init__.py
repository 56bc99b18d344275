"""The pages over HTTP: `shell` is what all of them share, each other file is one area."""
