"""One file per import or export format; found by walking this folder."""
