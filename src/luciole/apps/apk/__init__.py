"""Android app packages: archive, binary XML, resources, code and signatures, read as Android reads them."""
