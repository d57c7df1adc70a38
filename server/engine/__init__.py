"""The verb: ``decide(ruleset, request, facts)`` answers with a plan or a refusal, and does nothing else."""
