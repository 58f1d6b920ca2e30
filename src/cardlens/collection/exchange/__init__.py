"""Import and export: our own formats, which lose nothing, and those of other apps, each from a sample of a real export.

`formats.py` lists them; `table.py` reads CSV as it is found in the wild; `finder.py` says which card a row means;
one file an app says what its columns are and where that is known from.
"""
