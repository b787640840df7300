"""The criteria language: parse, evaluate, lint. The agreed set lies in catalogue/."""
