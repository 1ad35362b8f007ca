# Reads reports with Python's email package and prints them as submit-dsn.py does.
import email
import email.policy
import glob
import os
import re
import sys

folder = sys.argv[1]
for path in sorted(glob.glob(folder + "/*.eml")):
    raw = open(path, "rb").read()
    envelope = open(path[:-4] + ".env").read().split("\n")
    assert raw.endswith(b"\r\n") and b"\n" not in raw.replace(b"\r\n", b""), path
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert not message.defects, message.defects
    assert envelope[0].split(" ")[1] == "FROM:<>", envelope
    to = re.match(r"RCPT TO:<ann(\d+)@sender\.example>", envelope[1])
    assert to and message["To"] == "ann%s@sender.example" % to[1], (envelope, message["To"])
    assert message["Subject"] == "Delivery report"
    assert message["Auto-Submitted"] == "auto-replied"
    assert message["Message-ID"] and message["Date"] and "postmaster@mx.sluice.example" in message["From"]
    assert message.get_content_type() == "multipart/report"
    assert message.get_param("report-type") == "delivery-status"
    parts = list(message.iter_parts())
    assert [p.get_content_type() for p in parts[:2]] == ["text/plain", "message/delivery-status"], parts
    assert len(parts) == 3 and not any(p.defects for p in parts), parts
    fields = parts[1].get_payload()
    about, recipients = fields[0], [f for f in fields[1:] if f.keys()]
    assert about["Reporting-MTA"] == "dns;mx.sluice.example", about.items()
    assert about["Received-From-MTA"] == "dns;feeder.example.com (127.0.0.1)", about.items()
    assert about["Arrival-Date"]
    quoted = parts[2]
    if quoted.get_content_type() == "message/rfc822":
        inner = quoted.get_payload(0)
        assert inner.get_content().replace("\r\n", "\n") == "line one\n.dot line\nlast line without end\n", inner.get_content()
    else:
        inner = email.message_from_bytes(quoted.get_payload(decode=True), policy=email.policy.default)
    assert inner["Message-ID"] == "<%s@sender.example>" % to[1], inner.items()
    if to[1] == "12":
        assert b"Gr\xc3\xbc\xc3\x9fe = 100%" in quoted.get_payload(decode=True)
    for each in recipients:
        final = each["Final-Recipient"].split(";")[1]
        assert final in parts[0].get_content()
        diagnostic = re.sub(r"\r?\n", "", each["Diagnostic-Code"] or "")
        words = diagnostic[len("smtp;"):] if diagnostic.startswith("smtp;") else ""
        if words.startswith("552"):
            assert len(words) > 1000, words
            words = words[:words.index("nger") + 4]
        assert (each["Remote-MTA"] == "dns;[127.0.0.1] (127.0.0.1)") == bool(words), each["Remote-MTA"]
        print("\t".join([
            to[1], final, each["Action"], each["Status"].split(" ")[0], each["Original-Recipient"] or "",
            about["Original-Envelope-Id"] or "", quoted.get_content_type(), words]))
