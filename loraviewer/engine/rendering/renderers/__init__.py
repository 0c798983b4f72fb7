"""How pipelines are called: one class per calling convention."""
