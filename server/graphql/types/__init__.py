"""What the API answers with: thin types over the rows that the store returns."""
