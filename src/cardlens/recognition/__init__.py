"""From a photo to named cards. Start reading at `recognizer.py`."""
