"""Explores every situation that the rules of a program can lead to, by asking the engine; pure."""
