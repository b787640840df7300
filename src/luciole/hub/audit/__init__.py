"""Who did what to what, when: append-only, hash-chained, checkpointed; never contents."""
