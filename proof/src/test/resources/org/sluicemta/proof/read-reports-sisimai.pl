# Prints recipient, status and recognized agent of each report that Sisimai reads.
use strict;
use warnings;
use Sisimai;
for my $file (sort glob("$ARGV[0]/*.eml")) {
    my $all = Sisimai->make($file) or next;
    print join("\t", $_->recipient->address, $_->deliverystatus, $_->smtpagent), "\n" for @$all;
}
