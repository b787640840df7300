"""The signatures of an app package: found, verified as Android verifies them, and told per range of releases."""
