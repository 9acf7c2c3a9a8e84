"""Learning from text and audio: datasets are read and judged line by line before anything is trained on them."""
