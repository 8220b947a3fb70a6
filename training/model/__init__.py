"""The small Qwen3-VL itself: its sizes, a fast forward, greedy answers, weights on disk, what reading costs."""
