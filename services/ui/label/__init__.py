"""Labelling: what is done to a mask, free of windows and drawing, and how it is drawn."""
