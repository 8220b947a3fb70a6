"""Pages whose text is known, and what a model that makes things up would say of them."""
