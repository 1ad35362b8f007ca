# Verifies every signature of every message in a folder with dkimpy; keys come from the file "keys", NAME<tab>RECORD.
# Prints one line for each message: NAME, how many signatures hold, how many there are.
import os, sys
import dkim

folder = sys.argv[1]
keys = {}
for line in open(os.path.join(folder, "keys")):
    name, record = line.rstrip("\n").split("\t")
    keys[name] = record


def answer(name, timeout=5):
    text = name.decode() if isinstance(name, bytes) else name
    return keys.get(text.rstrip("."))


for name in sorted(os.listdir(folder)):
    if not name.endswith(".eml"):
        continue
    with open(os.path.join(folder, name), "rb") as file:
        message = file.read()
    head = message.split(b"\r\n\r\n", 1)[0].lower()
    count = (b"\r\n" + head).count(b"\r\ndkim-signature:")
    good = 0
    for index in range(count):
        try:
            good += dkim.DKIM(message).verify(idx=index, dnsfunc=answer)
        except dkim.DKIMException as wrong:
            print(name, index, wrong, file=sys.stderr)
    print(name, good, count)
