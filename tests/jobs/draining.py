"""A node that does all the work there is, naming what it did, and ends: `python -m tests.jobs.draining URL`.

It says when it is ready, and begins when it is told to.
"""

import sys

from auricle.observe import configure_logging
from auricle.store.database import Database

from .house import Chore, House


def main() -> None:
    configure_logging(style="json", level="warning")
    database = Database.open(sys.argv[1])
    house = House(database, "", Chore(act=lambda job, _progress: print(job.subject_id)))  # noqa: T201
    node = house.node()
    print("ready", flush=True)  # noqa: T201
    sys.stdin.readline()
    while node.dispatch():
        pass
    database.close()


if __name__ == "__main__":
    main()
