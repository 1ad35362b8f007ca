# A reader of an accounting pipe: keeps each line that it is given. FOLDER/pipe.pid says whom to kill.
import os
import sys

folder = sys.argv[1]
with open(folder + "/pipe.pid", "w") as pid:
    pid.write(str(os.getpid()))
out = os.open(folder + "/pipe.%d.out" % os.getpid(), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
for line in sys.stdin.buffer:
    os.write(out, line)
