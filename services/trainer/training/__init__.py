"""The stages of the DVC pipeline, one module each: load_data, preprocess, engineer_features, train, evaluate, publish.

Each stage's `main` reads files, calls pure functions and writes files; `stage.run` gives it logging, a status that the
page shows, and errors without stack traces. Beside the stages: `network` (the Keras model), `params` and `paths` (what
stands in params.yaml, and where files lie).
"""
