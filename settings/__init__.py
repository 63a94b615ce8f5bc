"""What the seller wants: the settings file, the environment, and nothing else."""
