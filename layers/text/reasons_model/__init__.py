"""The classifier's weights: head.npz and tuned.bin, made by `make train`; data, no code."""
