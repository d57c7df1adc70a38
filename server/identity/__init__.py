"""Sign-in: from the token of a request to the caller behind it."""
