"""Pictures for a page that is 830 pixels wide: laid out here, and drawn by Graphviz as they are."""
