"""Bringing approved versions onto devices: signed by the publisher, verified and tested before they are used."""
