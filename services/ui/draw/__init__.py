"""What is drawn into the picture, piece by piece."""
