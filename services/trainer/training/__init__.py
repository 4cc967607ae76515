"""The training pipeline. `python -m training --help` lists its commands.

Each DVC stage is a module in `stages`, whose `main` reads files, calls pure functions and writes
files. The other folders hold what stages share: `network` (the Keras model), `scoring` (metrics,
baselines, the publish gate), `store` (the model store) and `running` (locks, status and progress of
a run).
"""
