"""One file per kind of evidence; found by walking this folder.

Each module offers what `luciole.devices.source.Source` describes: KIND, TITLE, ORDER, AREAS, `recognise(opened)` and
`read(opened, collector)`. Nothing else has to be changed to add a kind.
"""
