"""Measurements of retrieval and answers."""
