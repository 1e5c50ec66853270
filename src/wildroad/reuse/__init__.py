"""Wildroad's pipelines in another Kedro project: what they need, and the files that give it."""
