# Holds accounting files, the output of the pipe's program, receivers and reports against what was accepted.
# Prints what does not agree and exits with 1, or prints the sums.
import collections
import csv
import glob
import os
import sys

folder, kills = sys.argv[1], int(sys.argv[2])
wrong = []


def lines(name):
    return open(os.path.join(folder, name)).read().split("\n")[:-1]


accepted, doubt = set(lines("accepted")), set(lines("doubt"))
taken = collections.Counter(lines("taken"))
reports = collections.defaultdict(set)
for line in lines("reported"):
    address, report = line.split("\t")
    reports[address].add(report)


def rows(pattern):
    for path in sorted(glob.glob(os.path.join(folder, pattern))):
        with open(path, newline="") as file:
            for row in csv.DictReader(file, strict=True):
                yield path, row


def agree(what, address, count, least, most):
    if not least <= count <= most:
        wrong.append("%s: %d of %s" % (what, count, address))


# one file with all
ends, kinds = collections.Counter(), collections.defaultdict(collections.Counter)
types = collections.Counter()
terminal = {}
for path, row in rows("acct/all-*.csv"):
    types[row["type"]] += 1
    if row["type"] == "tq":
        if row["queue"] != "dead.example/{default}" or row["rcpt"]:
            wrong.append("a tq row of %s" % row["queue"])
        continue
    address = row["rcpt"]
    if row["orig"] == "" and address.endswith("@sender.example"):
        if row["type"] == "b":
            wrong.append("a report bounced: %s" % row)
        continue
    kinds[address][row["type"]] += 1
    if row["type"] in "db":
        terminal[address] = (row["type"], row["dsnStatus"].split(" ")[0], row["bounceCat"])
EXPECTED = {
    "ok": ("d", "2.0.0", ""),
    "later": ("d", "2.0.0", ""),
    "no": ("b", "5.1.1", "bad-mailbox"),
    "bad": ("b", "5.7.1", "policy-related"),
    "never": ("b", "4.4.7", "message-expired"),
    "dead": ("b", "4.4.7", "message-expired"),
}
for address in accepted | doubt:
    kind = next(k for k in sorted(EXPECTED, key=len, reverse=True) if address.startswith(k))
    least = 1 if address in accepted else 0
    seen = kinds[address]
    agree("d and b rows", address, seen["d"] + seen["b"], least, 1)
    agree("r rows", address, seen["r"], least, 1)
    if address in terminal and terminal[address] != EXPECTED[kind]:
        wrong.append("%s ended with %s" % (address, terminal[address]))
    end = terminal.get(address, (None,))[0]
    if end == "d":
        agree("copies at the receiver", address, taken[address], 1, 1 + kills)
    elif end == "b":
        agree("copies at the receiver", address, taken[address], 0, 0)
    agree("reports", address, len(reports[address]), 1 if end == "b" else 0, 1 if end == "b" else 0)
    if kind == "later" and end and not seen["t"]:
        # A crash may take the row of an attempt that was made again.
        types["t lost to a crash"] += 1
for address in (set(kinds) | set(taken) | set(reports)) - accepted - doubt:
    wrong.append("nobody handed in %s" % address)

# files that are moved away
moved = collections.Counter()
for path, row in list(rows("moved/moved-*.csv")) + list(rows("acct/moved-*.csv")):
    if not row["rcpt"].endswith("@sender.example"):
        moved[row["rcpt"], row["type"]] += 1
        if row["type"] == "d" and row["header_X-Campaign"] != "c%d" % (
                int(row["rcpt"].split(".")[0].lstrip("oklatern")) % 7):
            wrong.append("campaign of %s is %s" % (row["rcpt"], row["header_X-Campaign"]))
for address, (end, _, _) in terminal.items():
    agree("rows in moved files", address, moved[address, end], 1, 1)
if sum(moved.values()) != len(terminal):
    wrong.append("%d rows in moved files, %d recipients" % (sum(moved.values()), len(terminal)))

# the pipe
piped, repeats, programs, torn = {}, 0, 0, 0
for path in sorted(glob.glob(os.path.join(folder, "pipe.*.out"))):
    programs += 1
    text = open(path, newline="").read()
    if not text.startswith("type,"):
        if text:
            wrong.append("no header first in %s" % path)
        continue
    torn += not text.endswith("\n")
    text = text[:text.rindex("\n") + 1]
    last = -1
    for row in csv.DictReader(text.splitlines(), strict=True):
        seq = int(row["seq"])
        if seq <= last:
            wrong.append("seq %d after %d in %s" % (seq, last, path))
        last = seq
        repeats += seq in piped
        if piped.setdefault(seq, row) != row:
            wrong.append("seq %d is two rows" % seq)
ends_piped = collections.Counter(
    (row["rcpt"], row["type"]) for row in piped.values() if not row["rcpt"].endswith("@sender.example"))
for address, (end, _, _) in terminal.items():
    agree("rows in the pipe, repeats dropped by seq", address, ends_piped[address, end], 1, 1)
if sum(ends_piped.values()) != len(terminal):
    wrong.append("%d rows in the pipe, %d recipients" % (sum(ends_piped.values()), len(terminal)))

if wrong:
    print("%d complaints:\n  %s" % (len(wrong), "\n  ".join(wrong[:20])))
    sys.exit(1)
again = sum(taken[a] - 1 for a in taken if taken[a] > 1)
print("%d recipients accepted, %d in doubt; rows %s; %d copies, %d of them again after a kill; %d reports; "
      "pipe: %d rows by %d programs, %d repeated, %d torn; %d kills of each: all agree" % (
          len(accepted), len(doubt), dict(types), sum(taken.values()), again, sum(map(len, reports.values())),
          len(piped), programs, repeats, torn, kills))
