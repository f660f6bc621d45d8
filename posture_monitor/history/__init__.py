"""The record: written and read by ``store``, told by ``report`` and its siblings."""
