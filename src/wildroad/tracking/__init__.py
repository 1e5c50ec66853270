"""What a run tells an experiment tracker: MLflow, Weights & Biases, or by default none.

The tracker lives in a process of its own, so that whatever befalls it never stops or slows the run.
"""
