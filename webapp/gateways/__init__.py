"""Other people's systems. A gateway turns what they say into our words, and every way they can fail into a refusal."""
