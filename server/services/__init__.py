"""Use cases: who may, load the facts, ask the engine, write, tell."""
