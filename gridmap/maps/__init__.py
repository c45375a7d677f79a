"""Maps of a plan that open anywhere: one file, no network, Chinese and English."""
