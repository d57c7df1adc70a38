"""The one table that says which transition of the rules file a mutation of its own name carries out."""

from server.domain.vocabulary import Acts

TRANSITION_OF = {
    "registerUser": Acts.REGISTER_USER,
    "addPersona": Acts.ADD_PERSONA,
    "finishApplication": "finish_application",
    "makeRescreening": "make_rescreening",
    "makeReadyToBeMatched": "make_rtbm",
    "matchPersonas": "match",
    "closeMatch": "close_match",
    "openMatch": "open_match",
    "deleteMatch": "delete_match",
}
MUTATION_OF = {transition: mutation for mutation, transition in TRANSITION_OF.items()}

OPEN_TO_STRANGERS = frozenset({"registerUser"})
"""The mutations that rules may open to whoever is not signed in."""

EVENT_OF = {"finishApplication": "application.finished"}
"""Mutations that report an event, so that the platform itself carries the transition out."""
