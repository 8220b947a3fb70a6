"""The fast path: a fixed number of slots, each with its own length, decoded together, one token each a step.

`ops` are the small operations of a step, in plain torch; `kernels` the same in Triton. `step` is the decode step over
the loaded weights, `graphs` replays it, `cache` holds keys and values in blocks, `decoder` fills the slots.
"""
