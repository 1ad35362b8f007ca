package org.sluicemta.pull;

import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.sluicemta.world.Answer;
import org.sluicemta.world.Disk;
import org.sluicemta.world.IoFailure;
import org.sluicemta.world.Loop;

/// Removes a folder with all that is in it, one call after the other. A folder that is not there is
/// removed already. Owner: the home of the calls; used once.
final class FolderRemoval {
    private final Disk disk;
    private final Loop home;
    private final Answer<Disk.Done> answer;
    /// Folders, the innermost first to go: each is listed once and deleted when it was found empty.
    private final Deque<Path> folders = new ArrayDeque<>();

    private final Deque<Path> files = new ArrayDeque<>();

    private FolderRemoval(Disk disk, Loop home, Answer<Disk.Done> answer) {
        this.disk = disk;
        this.home = home;
        this.answer = answer;
    }

    static void remove(Disk disk, Loop home, Path folder, Answer<Disk.Done> answer) {
        var removal = new FolderRemoval(disk, home, answer);
        removal.folders.push(folder);
        removal.next();
    }

    private void next() {
        Path file = files.poll();
        if (file != null) {
            disk.delete(home, file, thenNext());
            return;
        }
        Path folder = folders.peek();
        if (folder == null) {
            answer.ready(Disk.Done.DONE);
            return;
        }
        disk.list(home, folder, new Answer<>() {
            @Override
            public void ready(List<Disk.Entry> entries) {
                if (entries.isEmpty()) {
                    folders.pop();
                    disk.delete(home, folder, thenNext());
                    return;
                }
                for (Disk.Entry entry : entries) {
                    (entry.isFolder() ? folders : files).push(folder.resolve(entry.name()));
                }
                next();
            }

            @Override
            public void failed(IoFailure why) {
                if (why.kind() == IoFailure.Kind.NOT_FOUND) {
                    folders.pop();
                    next();
                } else {
                    answer.failed(why);
                }
            }
        });
    }

    private Answer<Disk.Done> thenNext() {
        return new Answer<>() {
            @Override
            public void ready(Disk.Done done) {
                next();
            }

            @Override
            public void failed(IoFailure why) {
                if (why.kind() == IoFailure.Kind.NOT_FOUND) {
                    next();
                } else {
                    answer.failed(why);
                }
            }
        };
    }
}
