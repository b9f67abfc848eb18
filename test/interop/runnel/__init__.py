"""A reader written from docs/protocol.md alone."""
