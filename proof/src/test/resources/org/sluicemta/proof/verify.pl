# Verifies every signature of every message in a folder with Mail::DKIM; keys come from the file "keys",
# NAME<tab>RECORD. Prints one line for each message: NAME, how many signatures hold, how many there are.
use strict;
use warnings;
use Mail::DKIM::Verifier;
use Mail::DKIM::DNS;
use Net::DNS;

my $folder = shift;
my %keys;
open(my $list, '<', "$folder/keys") or die $!;
while (<$list>) { chomp; my ($name, $record) = split /\t/; $keys{$name} = $record; }

package Told;
sub new { return bless {}, shift; }
sub errorstring { return ''; }
sub send {
    my ($self, $name, $type) = @_;
    my $packet = Net::DNS::Packet->new($name, $type);
    $packet->header->qr(1);
    if (defined $keys{$name}) {
        my @parts = ($keys{$name} =~ /(.{1,200})/g);
        $packet->push(answer => Net::DNS::RR->new(name => $name, type => 'TXT', ttl => 60, txtdata => \@parts));
    } else {
        $packet->header->rcode('NXDOMAIN');
    }
    return $packet;
}
sub query { return shift->send(@_); }

package main;
Mail::DKIM::DNS::resolver(Told->new);
opendir(my $dir, $folder) or die $!;
foreach my $name (sort grep { /\.eml$/ } readdir $dir) {
    open(my $file, '<:raw', "$folder/$name") or die $!;
    local $/;
    my $message = <$file>;
    my $verifier = Mail::DKIM::Verifier->new();
    $verifier->PRINT($message);
    $verifier->CLOSE;
    my @all = $verifier->signatures;
    my $good = grep { $_->result eq 'pass' } @all;
    print STDERR "$name ", join(', ', map { $_->result_detail } @all), "\n" if $good != @all;
    print "$name $good ", scalar @all, "\n";
}
