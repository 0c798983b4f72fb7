"""What a person sees. Knows the bridge and the core, nothing below."""
