"""Model files, the starter reference database and the card facts that ship inside the wheel."""
