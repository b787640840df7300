"""Apps of Apple systems that are folders or archives: IPA files and .app bundles."""
