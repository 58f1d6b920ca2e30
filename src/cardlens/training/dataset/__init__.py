"""Data sets on disk, for training elsewhere and for calibrating: `cardlens dataset`.

`prepare` sorts raw scans into train, val and test by card; `detection` renders photos with quads and writes them in the
forms (`forms`) that other detectors read; `calibration` makes crops as a device sees them.
"""
