package org.sluicemta.simulation;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// A file or a folder, apart from its names: as it is on the platter, and as running processes see it.
sealed interface DiskNode {
    /// A deep copy; nodes met before are taken from `seen`. Blocks are never changed in place, so they are shared.
    DiskNode copy(Map<DiskNode, DiskNode> seen);

    static Map<DiskNode, DiskNode> seen() {
        return new IdentityHashMap<>();
    }

    /// Names in a folder: `durable` survives a power cut, `current` is what calls see.
    final class Folder implements DiskNode {
        final NavigableMap<String, DiskNode> current = new TreeMap<>();
        final NavigableMap<String, DiskNode> durable = new TreeMap<>();

        @Override
        public DiskNode copy(Map<DiskNode, DiskNode> seen) {
            DiskNode known = seen.get(this);
            if (known != null) {
                return known;
            }
            Folder copy = new Folder();
            seen.put(this, copy);
            current.forEach((name, node) -> copy.current.put(name, node.copy(seen)));
            durable.forEach((name, node) -> copy.durable.put(name, node.copy(seen)));
            return copy;
        }
    }

    /// Bytes in blocks of 4 KiB; a block that is not there is zero. `durable` and `durableSize` are the platter,
    /// `cached` and `size` what reads see, `pending` what lies between, in order.
    final class File implements DiskNode {
        static final int BLOCK = 4_096;
        static final int SECTOR = 512;
        static final int ALL_SECTORS = 0xFF;
        private static final byte[] ZERO = new byte[BLOCK];

        final Map<Long, byte[]> durable = new HashMap<>();
        final Map<Long, byte[]> cached = new HashMap<>();
        final List<Pending> pending = new ArrayList<>();
        long durableSize;
        long size;
        Path path;

        File(Path path) {
            this.path = path;
        }

        /// A change that the platter has not yet: some sectors of one block, or the size.
        sealed interface Pending {
            long id();
        }

        static final class BlockWrite implements Pending {
            private final long id;
            final long block;
            final byte[] bytes;
            int sectors;

            BlockWrite(long id, long block, byte[] bytes, int sectors) {
                this.id = id;
                this.block = block;
                this.bytes = bytes;
                this.sectors = sectors;
            }

            @Override
            public long id() {
                return id;
            }
        }

        record SizeChange(long id, long from, long to) implements Pending {}

        @Override
        public DiskNode copy(Map<DiskNode, DiskNode> seen) {
            DiskNode known = seen.get(this);
            if (known != null) {
                return known;
            }
            File copy = new File(path);
            seen.put(this, copy);
            copy.durable.putAll(durable);
            copy.cached.putAll(cached);
            for (Pending change : pending) {
                copy.pending.add(
                        switch (change) {
                            case BlockWrite w -> new BlockWrite(w.id, w.block, w.bytes, w.sectors);
                            case SizeChange s -> s;
                        });
            }
            copy.durableSize = durableSize;
            copy.size = size;
            return copy;
        }

        private byte[] currentBlock(long block) {
            byte[] bytes = cached.get(block);
            if (bytes == null) {
                bytes = durable.get(block);
            }
            return bytes == null ? ZERO : bytes;
        }

        /// Takes bytes into the page cache and notes what is not on the platter.
        ///
        /// @param nextId the id of the first change; one more for each
        /// @return the changes made
        List<Pending> write(long at, ByteBuffer from, long nextId) {
            List<Pending> made = new ArrayList<>();
            long id = nextId;
            long position = at;
            while (from.hasRemaining()) {
                long block = position / BLOCK;
                int within = (int) (position % BLOCK);
                int count = Math.min(BLOCK - within, from.remaining());
                byte[] bytes = currentBlock(block).clone();
                from.get(bytes, within, count);
                cached.put(block, bytes);
                int first = within / SECTOR;
                int last = (within + count - 1) / SECTOR;
                int sectors = (ALL_SECTORS << first) & (ALL_SECTORS >> (7 - last));
                made.add(new BlockWrite(id++, block, bytes, sectors));
                position += count;
            }
            if (position > size) {
                made.add(new SizeChange(id, size, position));
                size = position;
            }
            pending.addAll(made);
            return made;
        }

        /// Changes the size; what is cut off reads as zero if the file grows again.
        Pending resize(long to, long id) {
            SizeChange change = new SizeChange(id, size, to);
            if (to < size) {
                for (long block = to / BLOCK; block * BLOCK < size; block++) {
                    int keep = (int) Math.max(0, Math.min(BLOCK, to - block * BLOCK));
                    byte[] cut = new byte[BLOCK];
                    System.arraycopy(currentBlock(block), 0, cut, 0, keep);
                    cached.put(block, cut);
                }
            }
            size = to;
            pending.add(change);
            return change;
        }

        int read(long at, ByteBuffer into) {
            int total = (int) Math.max(0, Math.min(into.remaining(), size - at));
            int left = total;
            long position = at;
            while (left > 0) {
                int within = (int) (position % BLOCK);
                int count = Math.min(BLOCK - within, left);
                into.put(currentBlock(position / BLOCK), within, count);
                position += count;
                left -= count;
            }
            return total;
        }

        /// All changes up to `lastId` reach the platter: what fdatasync promises.
        void syncUpTo(long lastId) {
            for (Iterator<Pending> changes = pending.iterator(); changes.hasNext(); ) {
                Pending change = changes.next();
                if (change.id() <= lastId) {
                    apply(change, ALL_SECTORS);
                    changes.remove();
                }
            }
        }

        /// These changes alone reach the platter: what O_DSYNC promises. The size goes with the inode, so earlier
        /// changes of size go too; an older write of the same sectors can no longer overwrite the newer one.
        void commit(List<Pending> made) {
            long newest = made.isEmpty() ? -1 : made.getLast().id();
            for (Iterator<Pending> changes = pending.iterator(); changes.hasNext(); ) {
                Pending change = changes.next();
                if (change instanceof SizeChange && change.id() <= newest) {
                    apply(change, ALL_SECTORS);
                    changes.remove();
                }
            }
            for (Pending change : made) {
                if (change instanceof BlockWrite own) {
                    for (Pending other : pending) {
                        if (other instanceof BlockWrite older && older.block == own.block && older.id < own.id) {
                            older.sectors &= ~own.sectors;
                        }
                    }
                    apply(own, ALL_SECTORS);
                    pending.remove(own);
                    if (cached.get(own.block) == own.bytes) {
                        cached.remove(own.block);
                    }
                }
            }
            pending.removeIf(change -> change instanceof BlockWrite w && w.sectors == 0);
        }

        /// These changes are over without a promise: each reaches the platter, in part or not at all, and nobody
        /// remembers it as unsynced.
        ///
        /// @param evicts whether the page cache forgets them too, as it may do after a failed write
        void lose(List<Pending> made, Seed seed, boolean evicts) {
            for (Pending change : made) {
                int sectors = seed.nextInt(3) == 0 ? 0 : (int) seed.nextLong() & ALL_SECTORS;
                if (seed.nextInt(3) == 0) {
                    sectors = ALL_SECTORS;
                }
                apply(change, sectors);
                if (change instanceof BlockWrite write && evicts) {
                    cached.remove(write.block);
                }
            }
            pending.removeAll(made);
            if (evicts && made.stream().anyMatch(SizeChange.class::isInstance)) {
                size = durableSize;
            }
        }

        /// Only the chosen changes reach the platter, and the cache is gone.
        void crash(SimulatedDisk.Survivors survivors) {
            for (Pending change : pending) {
                switch (change) {
                    case BlockWrite w -> apply(w, survivors.sectors(described(w)));
                    case SizeChange s -> apply(s, survivors.keeps(described(s)) ? ALL_SECTORS : 0);
                }
            }
            pending.clear();
            cached.clear();
            trim(durableSize);
            size = durableSize;
        }

        SimulatedDisk.Unsynced.Block described(BlockWrite w) {
            return new SimulatedDisk.Unsynced.Block(w.id, path, w.block * BLOCK, w.sectors);
        }

        SimulatedDisk.Unsynced.Size described(SizeChange s) {
            return new SimulatedDisk.Unsynced.Size(s.id, path, s.from, s.to);
        }

        private void apply(Pending change, int mask) {
            switch (change) {
                case BlockWrite w -> {
                    int sectors = w.sectors & mask;
                    if (sectors == ALL_SECTORS) {
                        durable.put(w.block, w.bytes);
                    } else if (sectors != 0) {
                        durable.put(w.block, merged(durable.get(w.block), w.bytes, sectors));
                    }
                }
                case SizeChange s -> {
                    if (mask != 0) {
                        if (s.to < durableSize) {
                            trim(s.to);
                        }
                        durableSize = s.to;
                    }
                }
            }
        }

        private static byte[] merged(byte @Nullable [] below, byte[] above, int sectors) {
            byte[] bytes = below == null ? new byte[BLOCK] : below.clone();
            for (int i = 0; i < BLOCK / SECTOR; i++) {
                if ((sectors & (1 << i)) != 0) {
                    System.arraycopy(above, i * SECTOR, bytes, i * SECTOR, SECTOR);
                }
            }
            return bytes;
        }

        private void trim(long to) {
            durable.keySet().removeIf(block -> block * BLOCK >= to);
            byte[] last = durable.get(to / BLOCK);
            if (last != null) {
                byte[] cut = new byte[BLOCK];
                System.arraycopy(last, 0, cut, 0, (int) (to % BLOCK));
                durable.put(to / BLOCK, cut);
            }
        }

        byte[] bytes(boolean ofPlatter) {
            long length = ofPlatter ? durableSize : size;
            byte[] all = new byte[Math.toIntExact(length)];
            for (int at = 0; at < all.length; at += BLOCK) {
                byte[] block = ofPlatter ? durable.getOrDefault((long) at / BLOCK, ZERO) : currentBlock(at / BLOCK);
                System.arraycopy(block, 0, all, at, Math.min(BLOCK, all.length - at));
            }
            return all;
        }

        /// Turns a bit over on the platter, and in the cache if it holds the block.
        void flip(long at, int bit) {
            long block = at / BLOCK;
            durable.put(block, flipped(durable.getOrDefault(block, ZERO), at, bit));
            cached.computeIfPresent(block, (key, bytes) -> flipped(bytes, at, bit));
        }

        private static byte[] flipped(byte[] bytes, long at, int bit) {
            byte[] copy = bytes.clone();
            copy[(int) (at % BLOCK)] ^= (byte) (1 << bit);
            return copy;
        }
    }
}
