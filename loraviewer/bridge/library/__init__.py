"""The library of files in the studio: asked, brought up to date and kept in the background."""
