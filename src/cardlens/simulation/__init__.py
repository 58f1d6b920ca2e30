"""The service as a discrete-event simulation, and what it would take to name a billion photos a day (extra `scale`)."""
