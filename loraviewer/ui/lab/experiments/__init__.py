"""The experiments dock: what is asked, what it costs, its pictures as they come, and its curves."""
