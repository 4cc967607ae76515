"""The Keras network: its layers, its training and its export."""
