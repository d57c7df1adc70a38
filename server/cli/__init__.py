"""The command ``matchkeeper``."""
