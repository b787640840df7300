"""Windows programs (PE): headers, imports, resources, signature, texts."""
