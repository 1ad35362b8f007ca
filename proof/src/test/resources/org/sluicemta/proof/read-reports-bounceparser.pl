# Prints recipient and status of each report that Mail::DeliveryStatus::BounceParser reads.
use strict;
use warnings;
use Mail::DeliveryStatus::BounceParser;
for my $file (sort glob("$ARGV[0]/*.eml")) {
    open my $in, '<', $file or die $!;
    my $text = do { local $/; <$in> };
    my $bounce = Mail::DeliveryStatus::BounceParser->new($text);
    for my $report ($bounce->reports) {
        my ($status) = ($report->get('status') // '') =~ /^(\d\.\d+\.\d+)/;
        print join("\t", $report->get('email') // '', $status // ''), "\n";
    }
}
