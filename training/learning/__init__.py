"""One step after the other: what is drawn when, batches from worker processes, losses, gradients, updates."""
