"""The studio as a process: the window, the engine and the thread put together, logs and signals."""
