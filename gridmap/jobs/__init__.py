"""Many communities, each planned on its own, on as many processes as there are."""
