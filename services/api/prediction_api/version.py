"""The version of the service. The packages have the same one; a test compares them."""

VERSION = "1.0.0"
