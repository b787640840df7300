"""The labelled set: inert evidence, each with what it stands for, to measure how often Luciole errs."""
