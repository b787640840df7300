"""An app package, as bytes, to facts."""
