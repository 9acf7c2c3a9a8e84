"""Storage accounts and containers: blobs streamed in and out, listed, deleted and linked to."""
