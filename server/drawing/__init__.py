"""The flow as a picture: from a ruleset to SVG, Mermaid and DOT; pure, and always the same for the same rules."""
