"""The words of a ruleset as constants for the code of clients; pure, and always the same for the same rules."""
