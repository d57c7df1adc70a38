"""The nouns of a mentoring program, as plain frozen values."""
