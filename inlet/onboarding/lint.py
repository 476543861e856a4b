"""The files of a draft held against the same rules as the portfolio's, in words."""

from pathlib import Path

from inlet import reach
from inlet.onboarding.blueprint import Blueprint, laid_out
from inlet.portfolio import Problem


def problems(blueprint: Blueprint, beside: Path) -> tuple[Problem, ...]:
    """Return what is wrong with a draft's files; each names its file as it lies in a portfolio.

    ``beside`` is the portfolio that is live, whose providers a collection may name, too.
    """
    with laid_out(blueprint, beside) as (root, found):
        told = (*found.problems, *reach.problems(root, found))
        return tuple(
            Problem(problem.file.relative_to(root), problem.line, problem.what, problem.remedy)
            for problem in told
            if str(problem.file.relative_to(root)) in blueprint.files or problem.file == root
        )
