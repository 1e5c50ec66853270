"""Figures: tables and photos in, drawn figures out."""
