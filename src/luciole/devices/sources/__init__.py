"""One file per kind of evidence; found by walking this folder."""
