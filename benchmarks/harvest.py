"""The harvest beside other tools: discovery of many items, then the carrying of bytes.

python -m benchmarks.harvest
"""

import sys

from benchmarks import carrying, discovering

if __name__ == "__main__":
    is_bounded = discovering.compare()
    sys.argv[1:] = []
    carrying.main()
    sys.exit(0 if is_bounded else 1)
