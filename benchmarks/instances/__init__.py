"""Scripts that build instances from real logs, which are no part of the project."""
