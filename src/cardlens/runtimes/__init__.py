"""How a model is run: one port (`base`), one file an engine."""
