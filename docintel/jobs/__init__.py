"""Long work: the queue, the workers that read, the thread that fills the vector index, and who keeps them alive."""
