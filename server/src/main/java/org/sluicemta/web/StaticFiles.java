package org.sluicemta.web;

import java.io.IOException;
import java.io.InputStream;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;

/// The files of the console, and the style sheet of the plain pages: as they were built, with a tag by which a browser
/// sees that it has the newest. Threads: safe from any thread.
final class StaticFiles {
    /// No folder and no leading dot: whatever is asked for is one of our own files or none.
    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9-]{0,60}\\.(html|js|css|svg|png|woff2)");

    private static final Map<String, String> TYPES = Map.of(
            "html", "text/html; charset=utf-8",
            "js", "text/javascript; charset=utf-8",
            "css", "text/css; charset=utf-8",
            "svg", "image/svg+xml",
            "png", "image/png",
            "woff2", "font/woff2");

    private record File(byte[] body, String type, String tag) {}

    /// Of those that there are: a few.
    private final Map<String, File> known = new ConcurrentHashMap<>();

    /// @param path of the request; `/` is the console's page
    Optional<Response.Whole> answer(Request request, String path) {
        String name = path.equals("/") ? "index.html" : path.substring(1);
        if (!NAME.matcher(name).matches()) {
            return Optional.empty();
        }
        File file = known.get(name);
        if (file == null) {
            Optional<File> read = read(name);
            if (read.isEmpty()) {
                return Optional.empty();
            }
            file = read.get();
            known.put(name, file);
        }
        boolean isKnown = request.header("if-none-match").contains(file.tag);
        return Optional.of(new Response.Whole(
                isKnown ? 304 : 200,
                List.of(
                        new Response.Header("Content-Type", file.type),
                        new Response.Header("ETag", file.tag),
                        new Response.Header("Cache-Control", "no-cache")),
                isKnown ? new byte[0] : file.body));
    }

    private static Optional<File> read(String name) {
        String place = name.equals("plain.css") ? name : "console/" + name;
        try (InputStream in = StaticFiles.class.getResourceAsStream(place)) {
            if (in == null) {
                return Optional.empty();
            }
            byte[] body = in.readAllBytes();
            String type = TYPES.getOrDefault(name.substring(name.lastIndexOf('.') + 1), "application/octet-stream");
            String tag = '"' + HexFormat.of().formatHex(Proof.digest(body), 0, 12) + '"';
            return Optional.of(new File(body, type, tag));
        } catch (IOException broken) {
            throw new WebException("the program's file " + place + " cannot be read", broken);
        }
    }
}
