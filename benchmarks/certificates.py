"""What a proof costs, and what it costs to check: `python benchmarks/certificates.py [SERVICES…]`.

A chain of SERVICES (25, 50, 100) with 10 replicas each, every contract broken for new callers of old callees,
rolled out safely: one step for each, from the end of the chain. Prints the seconds of the processor of
`check`, of `check --certificate` and of `verify`, whole processes, and the certificate's size.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from measure import run

SKEWPROOF = [sys.executable, "-c", "from skewproof.cli import main; main()"]


def deployment(services: int) -> str:
    """The file's text."""
    names = [f"s{n}" for n in range(1, services + 1)]
    hops = [f"{a} calls {b}: x" for a, b in zip(["client", *names], names, strict=False)]
    lines = ["components:", *(f"  {name}: {{kind: service, replicas: 10}}" for name in names)]
    lines += ["requests:", "  walk:", *(f"    - {hop}" for hop in hops)]
    lines += ["pipeline:", *(f"  - Deploy_{name}: [deploy {name}]" for name in reversed(names))]
    lines += ["changes:", *(f"  {name}/x: {{breaks: [V2 -> V1]}}" for name in names)]
    return "\n".join(lines) + "\n"


def seconds(*arguments: str | Path) -> float:
    measured = run([*SKEWPROOF, *map(str, arguments)], 600)
    if measured.status != 0:
        sys.exit(f"{arguments}: {measured.output}")
    return measured.seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("services", type=int, nargs="*", default=[25, 50, 100])
    print("services   check s   with certificate s   verify s   certificate KiB")
    with tempfile.TemporaryDirectory() as folder:
        file, proof = Path(folder) / "chain.yaml", Path(folder) / "proof.json"
        for services in parser.parse_args().services:
            file.write_text(deployment(services))
            alone, proven = seconds("check", file), seconds("check", file, "--certificate", proof)
            verified, size = seconds("verify", file, proof), proof.stat().st_size / 1024
            print(f"{services:8} {alone:9.2f} {proven:20.2f} {verified:10.2f} {size:17.0f}", flush=True)


if __name__ == "__main__":
    main()
