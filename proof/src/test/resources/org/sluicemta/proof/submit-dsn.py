# Hands in mail with every wish about reports, and prints which reports are to come:
# report, final recipient, action, status, original recipient, envelope id, quoted part, part of the diagnostic
import smtplib
import sys

port = int(sys.argv[1])
HEADER = "From: Ann <ann@sender.example>\r\nSubject: %s\r\nMessage-ID: <%s@sender.example>\r\n\r\n"
BODY = "line one\r\n.dot line\r\nlast line without end"
expected = []


def send(number, to, mail=(), rcpt=(), subject="plain", sender="ann", utf8=False):
    with smtplib.SMTP("127.0.0.1", port, local_hostname="feeder.example.com") as client:
        client.ehlo()
        assert client.has_extn("dsn"), client.esmtp_features
        reverse = "%s%d@sender.example" % (sender, number) if sender else ""
        code, text = client.mail(reverse, list(mail))
        assert code == 250, text
        for each in [to] if isinstance(to, str) else to:
            code, text = client.rcpt(each, list(rcpt))
            assert code == 250, text
        code, text = client.data((HEADER % (subject, number) + BODY).encode("utf-8"))
        assert code == 250, text


def expect(number, to, action, status, original="", envid="", part="text/rfc822-headers", words=""):
    expected.append("\t".join([str(number), to, action, status, original, envid, part, words]))


NOBODY = "550 5.1.1 The account that you tried to reach does not exist: <b>&</b>"
send(1, "nobody@plain.example")
expect(1, "nobody@plain.example", "failed", "5.1.1", words=NOBODY)

send(2, "nobody2@plain.example", ["RET=FULL", "ENVID=QQ+2B314"], ["NOTIFY=FAILURE", "ORCPT=rfc822;No+2Bbody+40Example.com"])
expect(2, "nobody2@plain.example", "failed", "5.1.1", "rfc822;No+body@Example.com", "QQ+314", "message/rfc822", NOBODY)

send(3, ["nobody3@plain.example", "blocked3@plain.example", "fine3@plain.example"])
expect(3, "nobody3@plain.example", "failed", "5.1.1", words=NOBODY)
expect(3, "blocked3@plain.example", "failed", "5.7.1", words="554 5.7.1 blocked by policy")

send(4, "nobody4@plain.example", [], ["NOTIFY=NEVER"])
send(5, "nobody5@plain.example", [], ["NOTIFY=DELAY"])
send(6, "nobody6@silent.example")
send(7, "nobody7@plain.example", sender="")

send(8, "fine8@plain.example", ["RET=FULL"], ["NOTIFY=SUCCESS,FAILURE"])
expect(8, "fine8@plain.example", "relayed", "2.0.0", words="250 2.0.0 taken")
send(9, "fine9@able.example", [], ["NOTIFY=SUCCESS"])
send(10, "nobody10@able.example", [], ["NOTIFY=SUCCESS,FAILURE"])
expect(10, "nobody10@able.example", "failed", "5.1.1", words=NOBODY)
send(11, "gone@discard.example", [], ["NOTIFY=SUCCESS"])
expect(11, "gone@discard.example", "delivered", "2.0.0")

send(12, "full12@plain.example", ["BODY=8BITMIME"], subject="Grüße = 100%")
expect(12, "full12@plain.example", "failed", "5.2.2", words="552 5.2.2 Mailbox full, Empf\\x{E4}nger")

send(13, "nobody13@plain.example", ["RET=HDRS", "ENVID=plain-id"])
expect(13, "nobody13@plain.example", "failed", "5.1.1", envid="plain-id", words=NOBODY)

print("\n".join(expected))
