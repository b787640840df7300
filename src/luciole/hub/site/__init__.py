"""The site around the domains: settings, database, security, addresses, and the fast layer in front of Django."""
