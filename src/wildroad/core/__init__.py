"""What the project exists for, as plain functions on arrays, tables and tensors: no Kedro, no configuration."""
