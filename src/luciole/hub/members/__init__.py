"""Organisations and people: joining, roles, the policy, keys."""
