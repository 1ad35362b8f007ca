package org.sluicemta.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// What the manual shows as configuration is one. A block that begins with ```` ```conf whole ```` is checked as the
/// main file of a server; ```` ```conf file NAME ```` is a file beside it, which the page's main files may include;
/// and ```` ```conf part ```` may name what it does not show, or show what would not stand together.
class DocsTest {
    private static final Path ROOT = Path.of(System.getProperty("project.root", ".."));
    private static final String FENCE = "```";
    private static final Pattern LINK = Pattern.compile("\\]\\(([^)\\s]+)\\)");
    private static final Pattern BLOCK = Pattern.compile("(?ms)^```.*?^```$");

    /// @param mark what stands behind the fence
    /// @param place the page and the line of the fence
    private record Block(String page, String place, String mark, String text) {
        boolean isWhole() {
            return mark.equals("conf whole");
        }

        boolean isPart() {
            return mark.equals("conf part");
        }

        boolean isFile() {
            return mark.startsWith("conf file ");
        }

        String fileName() {
            return mark.substring("conf file ".length());
        }
    }

    @Test
    void everyConfigurationOfTheManualHasNoErrorAndAWholeOneNoWarning() throws IOException {
        List<Block> blocks = blocks();
        var wrong = new ArrayList<String>();
        for (Block main :
                blocks.stream().filter(each -> each.isWhole() || each.isPart()).toList()) {
            MemoryFiles files = MemoryFiles.with("/etc/sluice/config", main.text());
            blocks.stream()
                    .filter(each -> each.isFile() && each.page().equals(main.page()))
                    .forEach(each -> files.and("/etc/sluice/" + each.fileName(), each.text()));
            Report report = Check.of(files, Path.of("/etc/sluice/config"), Check.Strictness.STRICT);
            for (Problem each : report.problems()) {
                if (each.severity() == Problem.Severity.ERROR
                        || each.severity() == Problem.Severity.WARNING && main.isWhole()) {
                    wrong.add(main.place() + ": " + each.file() + ":" + each.line() + ": " + each.what() + " ["
                            + each.id() + "]");
                }
            }
        }

        assertThat(wrong).isEmpty();
        assertThat(blocks.stream().filter(Block::isWhole).map(Block::page).distinct())
                .as("pages that show a whole configuration")
                .hasSizeGreaterThan(8);
    }

    @Test
    void everyFileThatAPageShowsIsIncludedByIt() throws IOException {
        List<Block> blocks = blocks();
        for (Block file : blocks.stream().filter(Block::isFile).toList()) {
            String folder = file.fileName().contains("/")
                    ? file.fileName().substring(0, file.fileName().lastIndexOf('/')) + "/*.conf"
                    : file.fileName();
            assertThat(blocks.stream()
                            .filter(each -> each.isWhole() && each.page().equals(file.page()))
                            .anyMatch(each -> each.text()
                                    .lines()
                                    .anyMatch(line -> line.strip().equals("include " + folder))))
                    .as(file.place() + ": include " + folder)
                    .isTrue();
        }
    }

    @Test
    void whatIsConfigurationIsMarkedWholeFileOrPart() throws IOException {
        assertThat(blocks().stream()
                        .filter(each -> each.mark().startsWith("conf"))
                        .filter(each -> !each.isWhole()
                                && !each.isFile()
                                && !each.mark().equals("conf part"))
                        .map(each -> each.place() + ": " + each.mark()))
                .isEmpty();
    }

    @Test
    void whatAPageLinksToIsThere() throws IOException {
        var missing = new ArrayList<String>();
        int followed = 0;
        for (Path page : pages()) {
            String name = ROOT.relativize(page).toString();
            String text = withoutBlocks(Files.readString(page));
            for (Matcher link = LINK.matcher(text); link.find(); ) {
                String to = link.group(1);
                if (to.matches("[a-z]+:.*")) {
                    continue; // the web, mail
                }
                followed++;
                int anchor = to.indexOf('#');
                String file = anchor < 0 ? to : to.substring(0, anchor);
                Path target = file.isEmpty() ? page : page.resolveSibling(file).normalize();
                if (!Files.exists(target)) {
                    missing.add(name + ": " + to);
                } else if (anchor >= 0 && !anchors(target).contains(to.substring(anchor + 1))) {
                    missing.add(name + ": " + to + ": no heading of that name");
                }
            }
        }

        assertThat(missing).isEmpty();
        assertThat(followed).isGreaterThan(50);
    }

    private static String withoutBlocks(String text) {
        return BLOCK.matcher(text).replaceAll("").replaceAll("`[^`]*`", "");
    }

    /// Of the headings, as hosts of Git make them: small letters, hyphens for blanks, no other signs.
    private static Set<String> anchors(Path page) throws IOException {
        return BLOCK.matcher(Files.readString(page))
                .replaceAll("")
                .lines()
                .filter(line -> line.matches("#+ .*"))
                .map(line -> line.replaceFirst("#+ ", "")
                        .toLowerCase(Locale.ROOT)
                        .replaceAll("[^\\p{L}\\p{N} _-]", "")
                        .replace(' ', '-'))
                .collect(Collectors.toSet());
    }

    private static List<Block> blocks() throws IOException {
        var blocks = new ArrayList<Block>();
        for (Path page : pages()) {
            String name = ROOT.relativize(page).toString();
            List<String> lines = Files.readAllLines(page);
            int fence = -1;
            for (int i = 0; i < lines.size(); i++) {
                if (!lines.get(i).startsWith(FENCE)) {
                    continue;
                }
                if (fence < 0) {
                    fence = i;
                    continue;
                }
                String mark = lines.get(fence).substring(FENCE.length());
                String text = String.join("\n", lines.subList(fence + 1, i)) + "\n";
                blocks.add(new Block(name, name + ":" + (fence + 1), mark, text));
                fence = -1;
            }
            assertThat(fence)
                    .as(name + ": a block begins here and does not end")
                    .isEqualTo(-1);
        }
        return blocks;
    }

    private static List<Path> pages() throws IOException {
        try (Stream<Path> files = Files.list(ROOT.resolve("docs"))) {
            var pages = new ArrayList<>(files.filter(each -> each.toString().endsWith(".md"))
                    .sorted()
                    .toList());
            pages.add(ROOT.resolve("README.md"));
            assertThat(pages).hasSizeGreaterThan(15);
            assertThat(Set.copyOf(pages)).hasSize(pages.size());
            return pages;
        }
    }
}
