"""Pages a minute over the last hour, as a small picture."""

from collections.abc import Sequence

from docintel.jobs.pace import Minute


def plot(minutes: Sequence[Minute]) -> str:
    """A bar a minute, oldest first, failed pages on top; nothing where no page came to an end.

    Of elements, not SVG, which Streamlit takes out of HTML.
    """
    most = max((minute.read + minute.failed for minute in minutes), default=0)
    if not most:
        return ""
    bars = "".join(_bar(minute, most) for minute in minutes)
    label = f"Pages a minute over the last hour, {most:,} at most"
    return (
        f'<div class="doc-plot"><div class="doc-bars" role="img" aria-label="{label}">{bars}</div>'
        f'<div class="doc-axis"><span>an hour ago</span><span>{most:,} a minute at most</span><span>now</span></div>'
        "</div>"
    )


def _bar(minute: Minute, most: int) -> str:
    """A quiet mark where nothing happened, so that the hour can be seen."""
    both = minute.read + minute.failed
    if not both:
        return '<i class="idle"></i>'
    poor = f'<b style="height:{100 * minute.failed / both:.0f}%"></b>' if minute.failed else ""
    return f'<i style="height:{max(100 * both / most, 4):.0f}%">{poor}</i>'
