"""From prices to a forecast: features, windows, scaling, intervals, baselines and metrics."""
