"""Pictures on disk: PNG files with their record, and the store of finished ones."""
