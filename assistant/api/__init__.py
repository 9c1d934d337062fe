"""The HTTP API: what programs call."""
