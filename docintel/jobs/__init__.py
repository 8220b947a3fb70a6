"""What waits to be read and what became of it: the user's side of the queue, and the leases that workers hold."""
