"""From files and folders to a checkpoint that is ready: nothing in them is trusted."""
