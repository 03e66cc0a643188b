"""Where the picture is shown: a window and a web page."""
