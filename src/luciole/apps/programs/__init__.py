"""What programs of computers and iPhones have in common: watched names, texts, what is gathered about one."""
