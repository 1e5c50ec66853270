"""Kedro datasets for what no shipped one fits; every save is atomic and ``load(save(x)) == x``."""
