"""When the loop works: a Dagster job and the sensor that starts it.

This package runs in an environment of its own, with Dagster and without TensorFlow. It imports
neither `forecast_loop` nor the trainer, but runs their commands.
"""
