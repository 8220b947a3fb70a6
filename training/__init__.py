"""Makes the small Qwen3-VL checkpoint that ships with the project: pages with known boxes, the loop, the evaluation.

Rooms, each using only those before it: `text`, `drawing`, `writing`, `model`, `learning`, `judging`. The commands,
which are the files beside this one, use them all. `line_scripts` stands apart.
"""
