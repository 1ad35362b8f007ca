package org.sluicemta.proof;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;
import org.sluicemta.lab.AccountTail;
import org.sluicemta.lab.ControlSocket;
import org.sluicemta.lab.FreePorts;
import org.sluicemta.lab.Load;
import org.sluicemta.lab.LoadMessage;
import org.sluicemta.lab.LoadPlan;
import org.sluicemta.lab.MessageMaker;
import org.sluicemta.lab.Receipt;
import org.sluicemta.lab.Receiver;
import org.sluicemta.lab.ReceiverModel;
import org.sluicemta.lab.Refusal;
import org.sluicemta.lab.ResolverEngine;
import org.sluicemta.lab.ServerProcess;
import org.sluicemta.lab.ZoneTable;
import org.sluicemta.runtime.RealWorld;
import org.sluicemta.runtime.RealWorldPlan;
import org.sluicemta.sign.DomainKey;
import org.sluicemta.world.ListenPlan;
import org.sluicemta.world.Loop;
import org.sluicemta.world.Memory;
import org.sluicemta.world.Network;

/// A configuration of somebody else, moved to this machine's loopback and run as its owner would: a server process,
/// receivers for the domains that mail goes to, a name server for them, and everything that any of them says.
///
/// What is changed: addresses of documentation (192.0.2.x) become 127.0.9.x, listeners' ports one above 1024, file
/// paths the test's folder. The keys that it signs with are made. What is added stands at the end, so that what it
/// repeats it overrides.
///
/// Owner: the test's thread; receivers tell through queues.
final class CorpusRun implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final int BACKLOG = 100;
    private static final Pattern UNPROTECTED = Pattern.compile("\"unprotected\":\\[([^\\]]*)]");

    private static final Pattern KEY_LINE =
            Pattern.compile("(?mi)^\\s*(?:domain-key\\s+[^,\\n]+,[^,\\n]+,|dkim-key-file\\s)\\s*([^\\s#]+)");

    final Path folder;
    final int smtpPort;
    private final RealWorld world;
    private final Memory memory;
    private final int receivingPort;
    private final ZoneTable.Builder zones = ZoneTable.builder();
    private final Map<String, Receiver> receivers = new LinkedHashMap<>();
    private final ConcurrentLinkedQueue<Receipt> receiptsHeard = new ConcurrentLinkedQueue<>();
    private final ConcurrentLinkedQueue<Refusal> refusalsHeard = new ConcurrentLinkedQueue<>();
    private final List<Receipt> receipts = new ArrayList<>();
    private final List<Refusal> refusals = new ArrayList<>();
    private final List<AccountTail.Row> rows = new ArrayList<>();
    private final AccountTail accounting;
    private @Nullable ServerProcess server;
    private long handed;

    CorpusRun(Path folder) throws IOException {
        this.folder = folder;
        Files.createDirectories(folder.resolve("log"));
        this.accounting = new AccountTail(folder.resolve("log"), "");
        this.world = RealWorld.start(new RealWorldPlan(2, 1, 100, 1, true));
        this.memory = world.memory("load", 16L << 20);
        this.smtpPort = FreePorts.find("127.0.9.1");
        this.receivingPort = FreePorts.find("127.0.8.1");
    }

    Path config() {
        return folder.resolve("config");
    }

    // --- the set

    /// A receiver for a domain, at an address of its own, and what the name server says of it.
    Receiver receiver(String domain) {
        String address = "127.0.8." + (receivers.size() + 1);
        String host = "mx." + domain;
        Loop loop = world.loops().getFirst();
        var receiver =
                new Receiver(ReceiverModel.accepting(domain, host), loop, receiptsHeard::add, refusalsHeard::add);
        Network.Listener unused = world.network()
                .listen(loop, new ListenPlan.Tcp(new InetSocketAddress(address, receivingPort), BACKLOG), receiver);
        receivers.put(domain, receiver);
        zones.mx(domain, 10, host).address(host, address);
        return receiver;
    }

    /// A domain that exists and has its mail taken elsewhere: nobody listens where its mail host is.
    void elsewhere(String domain) {
        zones.mx(domain, 10, "mx." + domain).address("mx." + domain, "127.0.8.250");
    }

    /// The text moved to this machine.
    String moved(String text) {
        String here = text.replaceAll("\\b192\\.0\\.2\\.(\\d+)", "127.0.9.$1")
                .replaceAll("(?m)^(\\s*smtp-listener\\s+[^\\s:]+):\\d+", "$1:" + smtpPort);
        for (String elsewhere : List.of("/var/log/pmta", "/var/spool/pmta", "/etc/pmta")) {
            Path place = folder.resolve(elsewhere.equals("/var/log/pmta") ? "log" : elsewhere.substring(1));
            here = here.replace(elsewhere, place.toString());
        }
        return here;
    }

    /// What every moved configuration needs in addition.
    String ours() {
        InetSocketAddress resolver = ResolverEngine.open(
                        world.loops().getFirst(), world.network(), new InetSocketAddress("127.0.0.1", 0), zones.build())
                .address();
        return """

                # ---- added by the test
                name-server 127.0.0.1:%d
                mx-to-loopback yes
                <domain *>
                    default-smtp-port %d
                </domain>
                """.formatted(resolver.getPort(), receivingPort);
    }

    /// Makes the keys that the moved text names, all of one pair.
    private void makeKeys() throws IOException {
        Matcher lines = KEY_LINE.matcher(Files.readString(config()));
        String pem = DomainKey.generate(DomainKey.Algorithm.ED25519_SHA256, 0).pem();
        while (lines.find()) {
            Path file = Path.of(lines.group(1));
            assertThat(file).startsWithRaw(folder);
            Files.createDirectories(file.getParent());
            Files.writeString(file, pem);
        }
    }

    /// Checks as an operator would, and starts with exactly the names that the check lists.
    void start(String name) throws IOException, InterruptedException {
        makeKeys();
        String report = check();
        Matcher summary = UNPROTECTED.matcher(report);
        assertThat(summary.find()).as(report).isTrue();
        assertThat(report).contains("\"summary\":{\"errors\":0,");
        String unprotected = summary.group(1).replace("\"", "");
        System.out.println("CorpusRunIT: " + name + " runs with --accept-unprotected " + unprotected);
        server = new ServerProcess(
                config(),
                folder.resolve("data"),
                folder.resolve("control.sock"),
                folder.resolve("server.log"),
                unprotected.isEmpty() ? List.of() : List.of("--accept-unprotected", unprotected));
        server.start();
    }

    private ServerProcess server() {
        return java.util.Objects.requireNonNull(server, "the server has not been started");
    }

    private String check() throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "--enable-native-access=ALL-UNNAMED",
                        "--sun-misc-unsafe-memory-access=allow",
                        "--add-opens=java.base/java.nio=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        "org.sluicemta.app.Sluice",
                        "check",
                        "--format",
                        "json",
                        config().toString())
                .redirectError(folder.resolve("check.err").toFile())
                .start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(said).isZero();
        return said;
    }

    // --- the play

    /// As [#hand], by somebody who logs in with CRAM-MD5.
    List<String> handLoggedIn(String listener, String user, String password, String domain, int count)
            throws Exception {
        var recipients = new ArrayList<String>();
        var maker = new MessageMaker("corpus");
        try (var client = new Socket(InetAddress.ofLiteral(listener), smtpPort)) {
            client.setSoTimeout((int) PATIENCE.toMillis());
            var in = new BufferedReader(new InputStreamReader(client.getInputStream(), StandardCharsets.US_ASCII));
            heard(in, "220");
            say(client, in, "EHLO client.example", "250");
            String challenge = say(client, in, "AUTH CRAM-MD5", "334").substring(4);
            Mac mac = Mac.getInstance("HmacMD5");
            mac.init(new SecretKeySpec(password.getBytes(StandardCharsets.UTF_8), "HmacMD5"));
            String digest =
                    HexFormat.of().formatHex(mac.doFinal(Base64.getDecoder().decode(challenge)));
            String claim = user + " " + digest;
            say(client, in, Base64.getEncoder().encodeToString(claim.getBytes(StandardCharsets.UTF_8)), "235");
            for (int i = 0; i < count; i++) {
                String to = "user" + handed++ + "@" + domain;
                recipients.add(to);
                say(client, in, "MAIL FROM:<news@shop.example>", "250");
                say(client, in, "RCPT TO:<" + to + ">", "250");
                say(client, in, "DATA", "354");
                byte[] text = maker.message(i, "news@shop.example", to, "", 1000);
                client.getOutputStream().write(text);
                say(client, in, ".", "250");
            }
            say(client, in, "QUIT", "221");
        }
        return recipients;
    }

    private static String say(Socket client, BufferedReader in, String line, String code) throws IOException {
        client.getOutputStream().write((line + "\r\n").getBytes(StandardCharsets.US_ASCII));
        return heard(in, code);
    }

    private static String heard(BufferedReader in, String code) throws IOException {
        String line;
        do {
            line = in.readLine();
            assertThat(line).startsWith(code);
        } while (line.charAt(3) == '-');
        return line;
    }

    /// Hands over messages of one recipient each, and waits until all are accepted.
    ///
    /// @param virtualMta asked for in the message's header; empty for none
    /// @return their recipients, in the order in which they were handed over
    List<String> hand(String listener, int port, String virtualMta, String domain, int count)
            throws InterruptedException {
        var maker = new MessageMaker("corpus");
        var recipients = new ArrayList<String>();
        for (int i = 0; i < count; i++) {
            recipients.add("user" + handed++ + "@" + domain);
        }
        var refused = new ConcurrentLinkedQueue<String>();
        var done = new CountDownLatch(1);
        Loop loop = world.loops().getLast();
        String from = "news@shop.example";
        String field = virtualMta.isEmpty() ? "" : "X-Virtual-MTA: " + virtualMta + "\r\n";
        var plan = new LoadPlan(new InetSocketAddress(listener, port), 1, count, 0, number -> {
            String to = recipients.get((int) number);
            return new LoadMessage(
                    number, maker.name(number), from, List.of(to), maker.message(number, from, to, field, 1000));
        });
        loop.post(() -> new Load(
                        loop,
                        world.network(),
                        memory,
                        plan,
                        each -> {
                            if (each.refused() > 0) {
                                refused.addAll(each.message().recipients());
                            }
                        },
                        done::countDown)
                .start());
        assertThat(done.await(PATIENCE.toSeconds(), TimeUnit.SECONDS))
                .as("%d messages to %s are accepted", count, domain)
                .isTrue();
        assertThat(refused).isEmpty();
        return recipients;
    }

    void await(String what, BooleanSupplier holds) {
        long begun = System.nanoTime();
        while (!holds.getAsBoolean()) {
            if (System.nanoTime() - begun > PATIENCE.toNanos() || !server().isAlive()) {
                throw new AssertionError("not within " + PATIENCE.toSeconds() + " s: " + what + "; taken " + receipts()
                        + "; refused " + refusals() + "; server: " + server().lastLines());
            }
            LockSupport.parkNanos(20_000_000);
        }
    }

    // --- what is heard

    List<Receipt> receipts() {
        for (Receipt each = receiptsHeard.poll(); each != null; each = receiptsHeard.poll()) {
            receipts.add(each);
        }
        return receipts;
    }

    /// Copies that the receiver of this domain took.
    List<Receipt> taken(String receiver) {
        return receipts().stream()
                .filter(each -> each.receiver().equals(receiver))
                .toList();
    }

    List<Refusal> refusals() {
        for (Refusal each = refusalsHeard.poll(); each != null; each = refusalsHeard.poll()) {
            refusals.add(each);
        }
        return refusals;
    }

    List<Refusal> refused(String receiver) {
        return refusals().stream()
                .filter(each -> each.receiver().equals(receiver))
                .toList();
    }

    List<AccountTail.Row> rows() {
        try {
            int unused = accounting.poll(rows::add);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
        return rows;
    }

    List<AccountTail.Row> rows(String type, List<String> recipients) {
        return rows().stream()
                .filter(row -> row.type().equals(type) && recipients.contains(row.cell("rcpt")))
                .toList();
    }

    // --- the server's own word

    String ask(String... words) {
        ControlSocket.Reply reply = reply(words);
        assertThat(reply.status()).as(reply.err()).isZero();
        return reply.out();
    }

    private ControlSocket.Reply reply(String... words) {
        try {
            return server().control().ask(words);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    List<String> inBackoff() {
        return reply("--dom", "show", "queues", "--mode=backoff", "--maxitems=1000").done().rows("queue").stream()
                .map(row -> row.getOrDefault("name", ""))
                .toList();
    }

    /// The text of the line at which something that the server said points, `FILE:LINE`.
    private static String lineAt(String origin) {
        int colon = origin.lastIndexOf(':');
        try {
            return Files.readAllLines(Path.of(origin.substring(0, colon)))
                    .get(Integer.parseInt(origin.substring(colon + 1)) - 1)
                    .strip();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    /// The rule that put a queue into backoff, as it stands in the configuration.
    String ruleOf(String queue) {
        Matcher place = Pattern.compile("matches (\\S+:\\d+)").matcher(ask("show", "queues", "--mode-events", queue));
        assertThat(place.find()).isTrue();
        return lineAt(place.group(1));
    }

    /// Waits until this line of the configuration is the one that holds the queue back. Another may for a moment.
    void awaitBinding(String queue, String line) {
        await(queue + " is held back by " + line, () -> bindingLine(queue).equals(line));
    }

    /// Empty where none does.
    private String bindingLine(String queue) {
        for (Map<String, String> limit :
                reply("--dom", "explain", "queue", queue).done().rows("limit")) {
            if (limit.getOrDefault("binds", "").matches("true|yes|1")) {
                return lineAt(limit.getOrDefault("origin", ""));
            }
        }
        return "";
    }

    @Override
    public void close() {
        if (server != null) {
            server.stop(Duration.ofSeconds(8));
        }
        world.close();
    }
}
