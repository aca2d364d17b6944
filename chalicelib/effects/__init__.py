"""All input and output: one module for each outside thing, a few verbs each, no decisions about the business."""
