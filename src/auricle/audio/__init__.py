"""Bytes to samples: containers and codecs become 16 kHz mono float32."""
