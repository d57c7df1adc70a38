"""The few words that code and every rules file share."""

MENTOR = "MENTOR"
MENTEE = "MENTEE"
SIDES = (MENTOR, MENTEE)
"""The roles of a persona, which are also the sides of a match, in the order they are shown."""

USER_STATUS = "user_status"
PERSONA_STATUS = "persona_status"
MATCH_STATUS = "match_status"
PAIR_STATUS = "pair_status"
"""The four machines that every program has."""

LASTING_LINKS = frozenset({"program", "user", "proposer", *SIDES})
"""The links from a record to another that stay what they are; others depend on how things stand."""


class Acts:
    """Acts that change no status by themselves; the keys of the rules file's ``acts``."""

    REGISTER_USER = "register_user"
    ADD_PERSONA = "add_persona"
    PLACE_PERSONA = "place_persona"
    UPDATE_USER = "update_user"
    CORRECT_HISTORY = "correct_history"
    ADD_SITE = "add_site"
    MANAGE_TOKENS = "manage_tokens"
    RUN_DUE = "run_due"
    EDIT_RULES = "edit_rules"
    PLAIN = (PLACE_PERSONA, UPDATE_USER, CORRECT_HISTORY, ADD_SITE, MANAGE_TOKENS, RUN_DUE, EDIT_RULES)
    """Those that nothing follows from."""
