"""The cards that can be named: embeddings, index, ids and metadata, built, checked and searched."""
