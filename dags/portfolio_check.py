"""Names every broken portfolio file in the Airflow UI as an import error of this file alone.

It defines no DAG, so that nothing is lost when it fails; ``harvest.py`` goes on without the file.
"""

from inlet.errors import PortfolioBroken
from inlet.portfolio import load
from inlet.settings import Settings

_problems = load(Settings().portfolio_root).problems
if _problems:
    raise PortfolioBroken("\n".join(str(problem) for problem in _problems))
