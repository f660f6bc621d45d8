"""From landmarks to features and metrics: geometry, no judgement."""
