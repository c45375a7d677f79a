"""One resource a file: a route reads the request, calls gridmap and returns."""
