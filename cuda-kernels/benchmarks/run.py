#!/usr/bin/env python3
"""Times the CUDA operations beside PyTorch's, taking turns in one run, and writes JSON and a table: medians, spread, bytes per second against
those of a copy on the same card. See cuda-kernels/check-on-gpu, which builds the library and calls this.

    benchmarks/run.py --library out/lib/libwootz_cuda.so.0 --json results.json --table results.md [--rounds 30] [--only linear]"""
import argparse
import json
import statistics
import sys

from cases import all_cases
from library import Library
from memory import OwnMemory, TorchMemory


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--library", required=True, help="libwootz_cuda.so")
    parser.add_argument("--json", required=True)
    parser.add_argument("--table", required=True)
    parser.add_argument("--rounds", type=int, default=30, help="timed runs of each contestant (30)")
    parser.add_argument("--only", default="", help="cases whose name contains this")
    parser.add_argument("--no-torch", action="store_true", help="our own figures alone")
    parser.add_argument("--small", action="store_true", help="tiny shapes: whether everything runs, not how fast")
    return parser.parse_args()


def measure(case, memory, rounds):
    """Milliseconds of each contestant; they take turns, and each goes through its sets of buffers."""
    times = {name: [] for name in case.runs}
    for round_number in range(-3, rounds):  # three rounds to warm up
        for name, functions in case.runs.items():
            taken = memory.milliseconds(functions[round_number % len(functions)])
            if round_number >= 0:
                times[name].append(taken)
    return times


def main():
    options = parse()
    library = Library(options.library)
    device = library.describe()
    memory = OwnMemory(library) if options.no_torch else TorchMemory(library)
    about = {"device": device.name.decode(), "capability": f"{device.major}.{device.minor}", "multiprocessors": device.multiprocessors,
             "torch": None if options.no_torch else memory.torch.__version__, "rounds": options.rounds, "small": options.small,
             "timing": "host clock, launch included" if options.no_torch else "CUDA events", "data": "cold: sets of buffers beyond the L2 cache"}
    results, roof, failures = [], None, 0
    for case in all_cases(memory, library, options.small):
        if options.only not in case.name and not case.name.startswith("copy"):
            del case
            memory.release()
            continue
        try:
            times = measure(case, memory, options.rounds)
        except RuntimeError as error:
            failures += 1
            results.append({"case": case.name, "error": str(error)})
            print(f"{case.name}: {error}", file=sys.stderr)
            del case
            memory.release()
            continue
        medians = {name: statistics.median(values) for name, values in times.items()}
        ours = next(iter(medians.values()))
        rate = case.bytes / ours / 1e6
        roof = roof or rate
        entry = {"case": case.name, "bytes": case.bytes, "gigabytes_per_second": round(rate, 1), "of_copy": round(rate / roof, 3), "milliseconds": {
            name: {"median": round(medians[name], 5), "least": round(min(values), 5), "most": round(max(values), 5)} for name, values in times.items()}}
        results.append(entry)
        others = ", ".join(f"{name} {medians[name] / ours:.2f} x our time" for name in list(medians)[1:])
        print(f"{case.name}: {ours * 1e3:.1f} us, {rate:.0f} GB/s, {rate / roof:.0%} of a copy{'; ' + others if others else ''}", flush=True)
        del case
        memory.release()
    memory.close()
    with open(options.json, "w") as out:
        json.dump({"about": about, "results": results}, out, indent=1)
    with open(options.table, "w") as out:
        out.write(f"{about['device']}, medians of {options.rounds}, {about['timing']}, {about['data']}\n\n")
        out.write("| case | us | GB/s | of a copy | beside |\n|---|---|---|---|---|\n")
        for r in results:
            if "error" in r:
                out.write(f"| {r['case']} | failed: {r['error']} | | | |\n")
                continue
            names = list(r["milliseconds"])
            ours = r["milliseconds"][names[0]]["median"]
            beside = ", ".join(f"{n} {r['milliseconds'][n]['median'] / ours:.2f} x" for n in names[1:])
            out.write(f"| {r['case']} | {ours * 1e3:.1f} | {r['gigabytes_per_second']:.0f} | {r['of_copy']:.0%} | {beside} |\n")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
