#!/usr/bin/env python3
"""Judges a receiver's event log against a rate.

  judge-rate.py --limit 250/h [--source ADDR]... [--own ADDR]... [--event NAME]... [--ready FROM:TO]... [FILE]
  judge-rate.py --self-test

The log has one event a line: monotonic-ns source-address event id connection own-address detail.

Counted are attempted recipients: the events rcpt, grey, reject and defer (at RCPT), or those named with --event.
Only those of the given source addresses (who sends) and own addresses (who receives) count; without any, all.

Two claims are judged for a limit of N in U:
  never more:  in every half-open window of U less 250 ms (--slack) at most N events. The slack allows for what the
               network and the receiver add to the distance between two attempts.
  never less:  while mail was ready, the count in every window of W >= 60 s is within max(1, 1 %) of N*W/U. Windows of
               60 s and its doublings are slid over each stretch that --ready names, in seconds from the first line of
               the log (default: from the first counted event to the last); and each whole stretch is one window.

Prints one line of JSON. Exit status: 0 both claims hold, 1 one does not, 2 nothing could be judged. A stretch shorter
than 60 s leaves the second claim unjudged ("long": []), which --need-long makes a failure.
"""
import argparse
import array
import bisect
import json
import random
import re
import sys

UNITS = {"s": 1, "sec": 1, "second": 1, "m": 60, "min": 60, "minute": 60, "h": 3600, "hr": 3600, "hour": 3600,
         "d": 86400, "day": 86400}
ATTEMPTS = ("rcpt", "grey", "reject", "defer")
SECOND = 1_000_000_000
LEAST_WINDOW = 60 * SECOND


def parse_limit(text):
    """N/U as (N, U in ns): 250/h, 100/15m, 5/s."""
    match = re.fullmatch(r"(\d+)/(\d*)([a-z]+)", text)
    if not match or match[3] not in UNITS or int(match[1]) < 1 or match[2] == "0":
        raise argparse.ArgumentTypeError(f"{text} is no limit; write e.g. 250/h, 100/15m or 5/s")
    return int(match[1]), int(match[2] or 1) * UNITS[match[3]] * SECOND


def parse_ready(text):
    match = re.fullmatch(r"(\d+(?:\.\d+)?):(\d+(?:\.\d+)?)", text)
    if not match or float(match[2]) <= float(match[1]):
        raise argparse.ArgumentTypeError(f"{text} is no stretch of time; write FROM:TO in seconds, e.g. 10:130")
    return int(float(match[1]) * SECOND), int(float(match[2]) * SECOND)


def read(lines, sources, owns, events):
    """The moments of the counted events, sorted; the moment of the first line; how many lines made no sense."""
    times = array.array("q")
    first = None
    bad = 0
    for line in lines:
        parts = line.split(" ", 6)
        if len(parts) < 6 or not parts[0].isdigit():
            bad += bool(line.strip())
            continue
        at = int(parts[0])
        first = at if first is None else min(first, at)
        if events is None:
            if parts[2] not in ATTEMPTS or (parts[2] == "defer" and len(parts) > 6 and parts[6].strip() == "dot"):
                continue
        elif parts[2] not in events:
            continue
        if (not sources or parts[1] in sources) and (not owns or parts[5] in owns):
            times.append(at)
    if any(times[i] > times[i + 1] for i in range(len(times) - 1)):
        times = array.array("q", sorted(times))
    return times, first, bad


def most_in(times, window):
    """The greatest count in a half-open window, and where it begins: a window may as well begin at an event."""
    best, where, j = 0, None, 0
    for i, begin in enumerate(times):
        while j < len(times) and times[j] < begin + window:
            j += 1
        if j - i > best:
            best, where = j - i, begin
    return best, where


def extremes_in(times, window, begin, end):
    """Least and greatest count over all half-open windows inside [begin, end]. The count changes only where an event
    leaves (just after it) or comes in (a window that ends just after it)."""
    starts = {begin, end - window}
    for at in times[bisect.bisect_left(times, begin):bisect.bisect_right(times, end)]:
        for start in (at, at + 1, at - window, at - window + 1):
            if begin <= start <= end - window:
                starts.add(start)
    counts = [bisect.bisect_left(times, s + window) - bisect.bisect_left(times, s) for s in starts]
    return min(counts), max(counts)


def long_windows(times, limit, begin, end):
    count, unit = limit
    windows = []
    window = LEAST_WINDOW
    while window < end - begin:
        windows.append(window)
        window *= 2
    if end - begin >= LEAST_WINDOW:
        windows.append(end - begin)
    judged = []
    for window in windows:
        expected = count * window / unit
        tolerance = max(1.0, expected / 100)
        least, most = extremes_in(times, window, begin, end)
        judged.append({
            "window_s": round(window / SECOND, 3), "expected": round(expected, 2), "tolerance": round(tolerance, 2),
            "least": least, "most": most,
            # A window cuts between events: what is whole lies within one of what is exact.
            "ok": expected - tolerance <= least and most <= expected + tolerance})
    return judged


def judge(times, first, limit, slack, ready):
    count, unit = limit
    window = unit - slack
    most, where = most_in(times, window)
    # The stretch ends just after the last event, so that a window can hold it.
    stretches = [(first + a, first + b) for a, b in ready] or [(times[0], times[-1] + 1)]
    judged = [row for a, b in stretches for row in long_windows(times, limit, a, b)]
    span = times[-1] - times[0]
    return {
        "ok": most <= count and all(row["ok"] for row in judged),
        "events": len(times), "span_s": round(span / SECOND, 3),
        "rate_per_s": round((len(times) - 1) * SECOND / span, 4) if span else None,
        "cap": {"window_s": window / SECOND, "allowed": count, "most": most,
                "at_s": round((where - first) / SECOND, 3), "ok": most <= count},
        "long": judged}


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--limit", type=parse_limit)
    parser.add_argument("--source", action="append", default=[], metavar="ADDR")
    parser.add_argument("--own", action="append", default=[], metavar="ADDR")
    parser.add_argument("--event", action="append", metavar="NAME")
    parser.add_argument("--ready", action="append", type=parse_ready, default=[], metavar="FROM:TO")
    parser.add_argument("--slack", type=float, default=250, metavar="MS")
    parser.add_argument("--need-long", action="store_true")
    parser.add_argument("--self-test", action="store_true")
    parser.add_argument("file", nargs="?", help="default: standard input")
    return parser


def main():
    parser = arguments()
    given = parser.parse_args()
    if given.self_test:
        return self_test()
    if given.limit is None:
        parser.error("--limit N/U is missing")
    slack = int(given.slack * 1_000_000)
    if not 0 <= slack < given.limit[1]:
        parser.error("--slack must be shorter than the limit's unit")
    with open(given.file, encoding="utf-8", errors="replace") if given.file else sys.stdin as lines:
        times, first, bad = read(lines, set(given.source), set(given.own), set(given.event) if given.event else None)
    head = {"limit": f"{given.limit[0]}/{given.limit[1] // SECOND}s", "sources": given.source, "owns": given.own}
    if not times:
        print(json.dumps({"ok": False, **head, "events": 0, "bad_lines": bad, "why": "no event was counted"}))
        return 2
    verdict = judge(times, first, given.limit, slack, given.ready)
    is_good = verdict.pop("ok") and not (given.need_long and not verdict["long"])
    print(json.dumps({"ok": is_good, **head, **verdict, "bad_lines": bad}))
    return 0 if is_good else 1


# --- the self-test: logs whose verdict is known

def log_of(times, source="127.0.0.3", own="127.0.0.9", event="rcpt"):
    return [f"{at} {source} {event} 1 1 {own} <a@b>\n" for at in times]


def paced(count, unit_s, seconds, begin=5 * SECOND, jitter_ms=0, factor=1.0, seed=1):
    chance = random.Random(seed)
    step = unit_s * SECOND / count / factor
    return sorted(int(begin + i * step + chance.uniform(0, jitter_ms) * 1e6) for i in range(int(seconds * SECOND / step)))


def self_test():
    failed = []

    def check(name, times, limit, expected_cap, expected_long, ready=(), slack=250_000_000):
        times, first, _ = read(log_of(times), set(), set(), None)
        verdict = judge(times, first, parse_limit(limit), slack, ready)
        cap, long = verdict["cap"]["ok"], all(r["ok"] for r in verdict["long"])
        if (cap, long) != (expected_cap, expected_long):
            failed.append(f"{name}: cap {cap}, long {long}: {json.dumps(verdict)}")

    check("an exact pace", paced(10, 1, 200), "10/s", True, True)
    check("an exact pace with jitter", paced(10, 1, 200, jitter_ms=90), "10/s", True, True)
    check("a slow limit", paced(250, 3600, 7200), "250/h", True, True)
    check("a short log leaves the long claim unjudged", paced(10, 1, 30), "10/s", True, True)
    check("2 % too slow", paced(10, 1, 300, factor=0.98), "10/s", True, False)
    check("3 % too fast", paced(100, 1, 300, factor=1.03), "100/s", True, False, slack=SECOND // 4)
    check("half again too fast", paced(10, 1, 200, factor=1.5), "10/s", False, False)
    burst = [5 * SECOND + i for i in range(11)]
    check("one more than the limit at once", burst, "10/m", False, True)
    check("the limit at once", burst[:10], "10/m", True, True)
    edges = [int(m * 60 * SECOND + 59.9 * SECOND * (m % 2 == 0)) + i for m in range(6) for i in range(10)]
    check("two bursts around the edge of a calendar minute", edges, "10/m", False, False)
    half_open = [0, 59_750_000_000]
    check("a window is half-open", half_open, "1/m", True, True)
    check("just inside the window", [0, 59_749_999_999], "1/m", False, True)
    gap = paced(10, 1, 100) + paced(10, 1, 100, begin=200 * SECOND)
    check("a gap while mail was ready", gap, "10/s", True, False)
    check("a gap while none was", gap, "10/s", True, True, ready=[(0, 99 * SECOND), (195 * SECOND, 294 * SECOND)])

    mixed = log_of(paced(10, 1, 70)) + log_of(paced(10, 1, 70), source="127.0.0.4") + log_of(
        paced(10, 1, 70), event="connect") + ["nonsense\n", "\n"]
    for name, counted, wanted in (
            ("by source", read(mixed, {"127.0.0.4"}, set(), None), 700),
            ("by own address", read(mixed, set(), {"127.0.0.9"}, None), 1400),
            ("by event", read(mixed, set(), set(), {"connect"}), 700),
            ("a stranger", read(mixed, {"127.0.0.5"}, set(), None), 0)):
        if len(counted[0]) != wanted or counted[2] != 1:
            failed.append(f"{name}: {len(counted[0])} events, {counted[2]} bad lines")
    attempts = ["1 a defer 1 1 b dot\n", "2 a defer 1 1 b <x@y>\n", "3 a grey 1 1 b <x@y>\n", "4 a reject 1 1 b <x@y>\n"]
    if len(read(attempts, set(), set(), None)[0]) != 3:
        failed.append("a deferral at the final dot was counted as an attempted recipient")

    # The fast search for extremes against all windows, on small random logs.
    chance = random.Random(7)
    for _ in range(300):
        times = array.array("q", sorted(chance.randrange(60) for _ in range(chance.randrange(1, 12))))
        window = chance.randrange(1, 30)
        counts = [sum(s <= t < s + window for t in times) for s in range(0, 60 - window + 1)]
        if extremes_in(times, window, 0, 60) != (min(counts), max(counts)):
            failed.append(f"extremes of {list(times)} in windows of {window}")
        if most_in(times, window)[0] != max(sum(s <= t < s + window for t in times) for s in range(-30, 60)):
            failed.append(f"most of {list(times)} in windows of {window}")

    for line in failed:
        print(line, file=sys.stderr)
    print(json.dumps({"ok": not failed, "failed": len(failed)}))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
