"""A question in, a cited answer or a declined one out; and the HTTP API that serves it."""
