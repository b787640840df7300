"""Captures of network traffic: bytes in; packets, names, connections and rows about local devices out."""
