"""What reads the larger kinds of evidence; loaded only when a source recognised one."""
