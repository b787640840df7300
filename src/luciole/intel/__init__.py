"""Families and indicators: the model, the compiled index, and matching facts against it."""
