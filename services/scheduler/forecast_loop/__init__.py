"""The forecast loop: takes in prices every night and keeps them."""
