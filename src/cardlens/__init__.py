"""cardlens names Pokémon trading cards in photos and camera frames, offline."""

__version__ = "0.1.0"
