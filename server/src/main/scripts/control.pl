#!/usr/bin/perl
# Sends one command to a running Sluice over its Unix socket and prints the answer. Needs perl-base only.
# The socket: --socket PATH before the command, else SLUICE_SOCKET, else /run/sluice/control.sock.
use strict;
use warnings;
use Socket;

my $path = $ENV{SLUICE_SOCKET} || '/run/sluice/control.sock';
my @words = @ARGV;
if (@words >= 2 && $words[0] eq '--socket') { shift @words; $path = shift @words; }
elsif (@words && $words[0] =~ /^--socket=(.*)/) { $path = $1; shift @words; }

$SIG{PIPE} = 'IGNORE';
sub quit { print STDERR "$_[0]\n"; exit 1; }
socket(my $server, PF_UNIX, SOCK_STREAM, 0) or quit("sluice: no socket: $!");
connect($server, pack_sockaddr_un($path))
    or quit("sluice: no server answers at $path ($!); is it running? Another place: --socket PATH or SLUICE_SOCKET");
my $request = join('', map { "$_\0" } grep { length } @words) . "\0";
my $sent = 0;
while ($sent < length $request) {
    my $n = syswrite($server, $request, length($request) - $sent, $sent);
    quit("sluice: the server went away: $!") unless defined $n;
    $sent += $n;
}
binmode STDOUT;
binmode STDERR;
my $answer = '';
sub more { # waits for further bytes; false at the end
    my $n = sysread($server, $answer, 65536, length $answer);
    quit("sluice: the server went away: $!") unless defined $n;
    return $n;
}
sub line { # the next line, without its end
    my $at;
    while (($at = index($answer, "\n")) < 0) {
        more() or return undef;
    }
    my $line = substr($answer, 0, $at);
    $answer = substr($answer, $at + 1);
    return $line;
}
my $head = line();
quit('sluice: the server went away before it answered') unless defined $head;
if ($head eq 'stream') { # the answer comes bit by bit
    $| = 1;
    while (defined(my $line = line())) {
        exit $1 if $line =~ /^end (\d+)$/;
        $line =~ /^(out|err) (\d+)$/ or quit("sluice: the answer is not understood; is the server of another version?");
        my ($to, $length) = ($1, $2);
        while (length($answer) < $length) {
            more() or quit('sluice: the answer is incomplete: the server went away');
        }
        if ($to eq 'out') { print STDOUT substr($answer, 0, $length); } else { print STDERR substr($answer, 0, $length); }
        $answer = substr($answer, $length);
    }
    quit('sluice: the answer is incomplete: the server went away, or this output was not read in time');
}
$head =~ /^(\d+) (\d+) (\d+)$/ or quit("sluice: the answer is not understood; is the server of another version?");
my ($status, $out, $err) = ($1, $2, $3);
while (more()) {}
quit('sluice: the answer is incomplete: the server went away') if length($answer) < $out + $err;
print STDOUT substr($answer, 0, $out);
print STDERR substr($answer, $out, $err);
exit $status;
