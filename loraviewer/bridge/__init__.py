"""Between the window and the engine: the engine thread, models, undo commands, image conversion."""
