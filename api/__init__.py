"""The service: HTTP in, gridmap calls, JSON out."""
