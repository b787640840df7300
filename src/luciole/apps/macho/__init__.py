"""Programs of macOS and iOS (Mach-O): load commands, imports, signature, texts."""
