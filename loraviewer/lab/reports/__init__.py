"""Measurements as pages and charts for people: values in, text out."""
