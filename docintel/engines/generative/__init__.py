"""Engines whose model writes down what it sees: Qwen3-VL in a process of its own, or behind a server.

A page is shown as a whole (`page` mode) or in parts that the local engine's layout found (`regions` mode). An answer
that goes wrong is asked for again in other ways; what every attempt said is kept with the page.
"""

from docintel.engines.generative.engine import GenerativeEngine, PromptOptions

__all__ = ["GenerativeEngine", "PromptOptions"]
