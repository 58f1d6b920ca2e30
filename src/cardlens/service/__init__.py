"""The same recognizer behind HTTP and a web page: start reading at app.py."""
