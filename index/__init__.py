"""Chunks in, hits out: embeddings in FAISS beside BM25 in tantivy, fused, in immutable generations."""
