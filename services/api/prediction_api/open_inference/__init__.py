"""The model as a function of tensors (Open Inference Protocol)."""
