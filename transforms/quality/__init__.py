"""The quality gate: a cube, reduced to tables, before Great Expectations."""

import logging

# it says hundreds of lines of no use while it is imported, and more while it judges
logging.getLogger("great_expectations").setLevel(logging.ERROR)
