"""Sources and looks: every reader of `data/`, every map, chart and export."""
