"""How the models are made: simulator, losses, loops, evaluation. Needs the extra `train`."""
