"""Pictures in and out: opened, checked, saved as sheets and animations."""
