"""Made captures of network traffic: local devices that look up names, connect, send and call home at a beat."""
