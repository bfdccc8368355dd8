"""Opening data, made through the same use cases as the pages, and safe to plant twice."""
