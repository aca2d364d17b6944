"""Speed and cost as ratios against a floor measured in the same run. Run one with `python -m bench.<name>`."""
