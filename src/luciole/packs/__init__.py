"""What the kit carries: the compiled catalogue and the knowledge a person installed."""
