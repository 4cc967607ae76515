"""The Keras network: layers, training and export."""
