"""A page that a searchable PDF is to have."""

from docintel.model import Model


class WantedPage(Model):
    number: int
    rotation: int
    """Degrees clockwise by which it was turned to be read."""
    width: float
    """Points, as displayed."""
    height: float
