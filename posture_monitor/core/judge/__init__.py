"""From metrics to a verdict: baselines, presence, scores and strain."""
