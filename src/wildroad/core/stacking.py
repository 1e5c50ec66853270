"""Tables of several models or domains, one below the other."""

from collections.abc import Mapping

import pandas as pd


def stack_tables(tables: Mapping[str, pd.DataFrame], *, key: str) -> pd.DataFrame:
    """Stack tables and say in a first column named ``key`` which one each row is from.

    >>> stack_tables({"a": pd.DataFrame({"n": [1]}), "b": pd.DataFrame({"n": [2]})}, key="model")
      model  n
    0     a  1
    1     b  2
    """
    keyed = [table.assign(**{key: name}) for name, table in tables.items()]
    stacked = pd.concat(keyed, ignore_index=True)
    return stacked[[key, *(name for name in stacked.columns if name != key)]]
