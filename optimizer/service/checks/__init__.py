"""What may take long or go wrong with what a caller sent is done in other processes, bounded in time and memory."""
