"""Custom Speech: projects, datasets, models, evaluations, endpoints, transcriptions and web hooks, and their rules."""
