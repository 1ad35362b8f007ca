package org.sluicemta.pull;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.sluicemta.simulation.SimulatedProgram;

/// Git as far as a fetch needs it: one repository with one commit, and faults by command.
final class FakeGit implements SimulatedProgram {
    /// What a command does instead of its work.
    enum Fault {
        NONE,
        FAILS,
        HANGS,
        FLOODS,
        LIES
    }

    final List<String> commands = new ArrayList<>();
    final Map<String, String> files = new LinkedHashMap<>();
    final Map<String, String> modes = new LinkedHashMap<>();
    String commit = "c".repeat(40);
    String branch = "main";
    String faulty = "";
    Fault fault = Fault.NONE;
    /// Grows in the repository while it is fetched.
    int packBytes;

    @Override
    public void begin(Hands hands) {
        List<String> words = hands.words();
        int at = 0;
        Path repository = null;
        while (words.get(at).equals("-c") || words.get(at).startsWith("--git-dir=")) {
            if (words.get(at).equals("-c")) {
                at += 2;
            } else {
                repository = Path.of(words.get(at).substring("--git-dir=".length()));
                at++;
            }
        }
        String command = words.get(at);
        commands.add(command);
        Fault now = command.equals(faulty) ? fault : Fault.NONE;
        switch (now) {
            case NONE -> act(command, words.subList(at + 1, words.size()), repository, hands);
            case FAILS -> {
                hands.err(bytes("warning: so and so\nfatal: unable to access 'https://ann:pa55@host/r.git/': no\n"));
                hands.exit(128);
            }
            case HANGS -> {}
            case FLOODS -> hands.flood();
            case LIES -> {
                hands.out(bytes("what nobody asked for\n"));
                hands.exit(0);
            }
        }
    }

    private void act(
            String command, List<String> words, @org.jspecify.annotations.Nullable Path repository, Hands hands) {
        switch (command) {
            case "ls-remote" -> {
                String reference = words.getLast();
                boolean isThere = reference.equals("HEAD") || reference.equals("refs/heads/" + branch);
                if (isThere) {
                    hands.out(bytes(commit + "\t" + reference + "\n"));
                }
                hands.exit(isThere ? 0 : 2);
            }
            case "init" -> {
                hands.host().disk().makeFolders(Path.of(words.getLast(), "objects", "pack"));
                hands.exit(0);
            }
            case "fetch" -> {
                Path pack = java.util.Objects.requireNonNull(repository).resolve("objects/pack/tmp_pack");
                hands.host().disk().put(pack, new byte[packBytes]);
                if (packBytes < 1 << 20) {
                    hands.exit(0);
                }
            }
            case "rev-parse" -> {
                hands.out(bytes(commit + "\n"));
                hands.exit(0);
            }
            case "ls-tree" -> {
                hands.out(bytes(listing()));
                hands.exit(0);
            }
            case "cat-file" -> {
                var asked = new ByteArrayOutputStream();
                hands.onInput(asked::writeBytes, () -> {
                    asked.toString(StandardCharsets.US_ASCII).lines().forEach(id -> {
                        String text = textOf(id);
                        hands.out(bytes(id + " blob " + bytes(text).length + "\n" + text + "\n"));
                    });
                    hands.exit(0);
                });
            }
            default -> hands.exit(1);
        }
    }

    private String listing() {
        var out = new StringBuilder();
        files.forEach((path, text) -> out.append(modes.getOrDefault(path, "100644"))
                .append(modes.getOrDefault(path, "").equals("160000") ? " commit " : " blob ")
                .append(id(path))
                .append(String.format(java.util.Locale.ROOT, "%8s", bytes(text).length))
                .append('\t')
                .append(path)
                .append('\0'));
        return out.toString();
    }

    private String textOf(String id) {
        return files.entrySet().stream()
                .filter(each -> id(each.getKey()).equals(id))
                .findFirst()
                .orElseThrow()
                .getValue();
    }

    private static String id(String path) {
        return String.format(java.util.Locale.ROOT, "%040x", path.hashCode() & 0xffffffffL);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
