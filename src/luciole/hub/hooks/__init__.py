"""Webhooks: members' own servers are told, signed, of what concerns them; and whether it arrived can be seen."""
