package org.sluicemta.sign;

import java.security.Provider;
import java.security.Security;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.sluicemta.benchmarks.Samples;
import org.sluicemta.benchmarks.StillSlice;

/// DKIM signatures of a message of 10 KB, with the provider that the server puts in front. State: none; workload: the
/// same message again and again.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class SigningBench {
    private static final String PROVIDER = "com.amazon.corretto.crypto.provider.AmazonCorrettoCryptoProvider";
    private static final int HEADER_BYTES = headerBytes();

    private final StillSlice content = new StillSlice(Samples.message());
    private final byte[] header = Arrays.copyOf(Samples.message(), HEADER_BYTES - 2);
    private final Identity identity = new Identity("sender.example", "s1", "@sender.example");
    private final byte[] hash = bodyHash(Canonicalization.RELAXED);
    private final DomainKey ed25519 = key(DomainKey.Algorithm.ED25519_SHA256);
    private final DomainKey rsa = key(DomainKey.Algorithm.RSA_SHA256);

    private static DomainKey key(DomainKey.Algorithm algorithm) {
        try {
            Security.insertProviderAt(
                    (Provider) Class.forName(PROVIDER).getField("INSTANCE").get(null), 1);
        } catch (ReflectiveOperationException missing) {
            throw new IllegalStateException("the provider is on the class path", missing);
        }
        return DomainKey.parse(DomainKey.generate(algorithm, 2048).pem());
    }

    private static int headerBytes() {
        byte[] message = Samples.message();
        for (int i = 3; i < message.length; i++) {
            if (message[i] == '\n' && message[i - 2] == '\n') {
                return i + 1;
            }
        }
        throw new IllegalStateException("the sample has a header");
    }

    private byte[] bodyHash(Canonicalization form) {
        return new BodyHash(form)
                .update(content.view(HEADER_BYTES, content.length() - HEADER_BYTES))
                .digest();
    }

    @Benchmark
    public byte[] bodyHashRelaxed10k() {
        return bodyHash(Canonicalization.RELAXED);
    }

    @Benchmark
    public byte[] bodyHashSimple10k() {
        return bodyHash(Canonicalization.SIMPLE);
    }

    @Benchmark
    public Optional<String> addressOfFrom() {
        return HeaderAddresses.first(header, "from");
    }

    @Benchmark
    public byte[] signEd25519() {
        return Signer.sign(header, hash, ed25519, identity, SignatureForm.DEFAULT, 1_700_000_000L);
    }

    @Benchmark
    public byte[] signRsa2048() {
        return Signer.sign(header, hash, rsa, identity, SignatureForm.DEFAULT, 1_700_000_000L);
    }
}
