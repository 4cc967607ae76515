"""Model bundles and the directory that stores them."""
