"""Text or bytes to rows, without input or output; shared by the sources."""
