"""What may be said of an experiment's numbers, kind by kind, in modest sentences."""
