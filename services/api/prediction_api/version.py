"""The version of the service. A test checks that every package has the same version."""

VERSION = "1.0.0"
