"""The shared words: frozen dataclasses and enums. No input or output, nothing of ours is imported from here outwards."""
