"""The stack panel: one strip for each adapter."""
