"""Delivery: takes messages out of the outbox to where they belong, at least once each."""
