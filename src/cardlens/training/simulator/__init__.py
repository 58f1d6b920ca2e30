"""Renders photos of cards from flat scans: what the models train on and are measured with.

`scans` holds the pictures, `surfaces` makes a scan a physical card (foil, sleeve, glare), `grounds` draws what lies
beneath, `layouts` decides where cards go, `scenes` puts whole photos together, `crops` renders single cards as the
embedder sees them, `camera` does what a camera does to a picture. Everything draws from the `Generator` it is given.
"""
