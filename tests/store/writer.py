"""A process that commits and commits until it is killed: position N has the alerts 1 to N."""

import sys

from store.made import made
from tocsin.store.alert import Snapshot
from tocsin.store.store import Store


def main(place: str) -> None:
    with Store.open(place) as store:
        position = store.position()
        while True:
            more = [made(number) for number in range(position + 1, position + 8)]
            again = [
                made(number, count=position) for number in range(max(1, position - 3), position)
            ]
            position += len(more)
            snapshot = Snapshot(position, 1, position.to_bytes(8) * 100_000)
            store.commit(position, [*again, *more], snapshot)
            sys.stdout.write("committed\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1])
