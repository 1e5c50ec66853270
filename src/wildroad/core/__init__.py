"""What the project exists for, as functions on arrays, tables and tensors, without Kedro."""
