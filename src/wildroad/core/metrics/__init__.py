"""Numbers of the reports: counts first, one division last."""
