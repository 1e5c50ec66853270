"""The report: tables and drawn figures in, one self-contained page and a few lines of text out."""
