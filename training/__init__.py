"""Makes the small Qwen3-VL checkpoint that ships with the project: pages with known boxes, the loop, the evaluation."""
