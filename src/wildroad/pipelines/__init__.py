"""The four pipelines; they meet in the catalog and never import one another."""
