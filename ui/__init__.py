"""What people see: the command line, the chat and the pages around it."""
