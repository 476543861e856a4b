"""Inks and paper, and axes without noise."""

from matplotlib.axes import Axes

INK, SOFT, LINE, PAPER = "#1d2733", "#5d6b7a", "#c9d1da", "#ffffff"


def calm(axes: Axes) -> None:
    """Give axes soft labels and a hairline frame."""
    axes.tick_params(colors=SOFT, labelsize=9.5, length=0, pad=6)
    for spine in axes.spines.values():
        spine.set_color(LINE)
        spine.set_linewidth(0.8)
