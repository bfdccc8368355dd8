"""A provider that lies, stalls and breaks on order: the local provider, with faults put into its honest answers."""
