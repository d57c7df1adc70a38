"""The rules file: from YAML to an immutable ruleset, with the place of every word kept."""
