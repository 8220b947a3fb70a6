"""Long work: the queue, the workers that read, and who keeps them alive."""
