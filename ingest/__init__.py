"""Sources in, documents out: catalog, fetch, archive, extraction, chunks and the library that keeps them."""
