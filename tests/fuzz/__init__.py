"""Fuzzing: hostile input for everything that reads what others wrote. Run it with `python -m tests.fuzz`."""
