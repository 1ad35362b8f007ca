package org.sluicemta.inject;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.sluicemta.simulation.SimulatedDisk;
import org.sluicemta.simulation.SimulatedHost;
import org.sluicemta.simulation.SimulatedUniverse;
import org.sluicemta.simulation.SimulatedWorld;
import org.sluicemta.smtp.Reply;
import org.sluicemta.world.Answer;
import org.sluicemta.world.Disk;
import org.sluicemta.world.IoFailure;
import org.sluicemta.world.Loop;

class PickupTest {
    private static final Path NEW = Path.of("/pickup");
    private static final Path BAD = Path.of("/bad");
    private static final Reply TAKEN = Reply.of(250, "2.6.0 taken");

    private final SimulatedUniverse universe = SimulatedUniverse.seeded(5);
    private final SimulatedHost host =
            universe.host("server", InetAddress.ofLiteral("192.0.2.1")).loops(1);
    private final List<PickedMail> mails = new ArrayList<>();
    private final List<Consumer<Reply>> answers = new ArrayList<>();
    /// What the intake answers at once; null to answer later.
    private @Nullable Reply answer = TAKEN;

    private SimulatedWorld world = host.boot();
    private @Nullable Pickup pickup;

    @BeforeEach
    void start() {
        host.disk().makeFolders(NEW);
        host.disk().makeFolders(BAD);
        Loop lane = world.lane("pickup");
        pickup = new Pickup(world.disk(), lane, (mail, then) -> {
            mails.add(mail);
            Reply now = answer;
            if (now == null) {
                answers.add(then);
            } else {
                lane.post(() -> then.accept(now));
            }
        });
        pickup.adopt(new PickupPolicy(NEW, BAD, false));
        pass(2);
    }

    private void pass(int seconds) {
        universe.advance(Duration.ofSeconds(seconds));
    }

    private SimulatedDisk disk() {
        return host.disk();
    }

    private void put(String name, String text) {
        disk().put(NEW.resolve(name), text.getBytes(StandardCharsets.US_ASCII));
    }

    private static String mail(String to) {
        return "x-sender: a@x.example\nx-receiver: " + to + "\nSubject: s\n\ntext\n";
    }

    @Test
    void aBadFileDoesNotTakeThePlaceOfAnotherOfItsName() {
        put("one", "no message\n");
        pass(4);
        put("one", "nor this\n");
        pass(4);

        assertThat(disk().files().stream().filter(each -> each.startsWith(BAD)))
                .hasSize(2)
                .contains(BAD.resolve("one"));
        assertThat(disk().files()).noneMatch(each -> each.startsWith(NEW));
    }

    @Test
    void aFileIsDeletedOnlyWhenItsMessageIsTaken() {
        answer = null;
        put("one", mail("b@y.example"));
        pass(4);

        assertThat(mails).hasSize(1);
        assertThat(disk().files()).containsExactly(NEW.resolve("one"));

        answers.getFirst().accept(TAKEN);
        pass(1);
        assertThat(disk().files()).isEmpty();
    }

    @Test
    void whatHoldsNoMessageOrIsRefusedGoesToTheOtherFolder() {
        put("one", "nothing of ours");
        pass(4);
        answer = Reply.of(554, "5.3.5 no such virtual MTA");
        put("two", mail("b@y.example"));
        pass(4);

        assertThat(disk().files()).containsExactlyInAnyOrder(BAD.resolve("one"), BAD.resolve("two"));
        assertThat(mails).hasSize(1);
    }

    @Test
    void whatIsRefusedForNowStaysAndIsOfferedAgainASecondLater() {
        answer = Reply.of(452, "4.3.1 no room");
        put("one", mail("b@y.example"));
        pass(10);

        assertThat(mails).hasSizeBetween(3, 10);
        answer = TAKEN;
        pass(3);
        assertThat(disk().files()).isEmpty();
    }

    @Test
    void aFileThatStillGrowsIsNotTaken() {
        String text = "x-sender: a@x.example\nx-receiver: b@y.example\n\n";
        for (int i = 0; i < 8; i++) {
            text += "more\n";
            put("one", text);
            pass(1);
        }
        assertThat(mails).isEmpty();

        pass(3);
        assertThat(mails)
                .singleElement()
                .satisfies(each -> assertThat(new String(each.content(), StandardCharsets.US_ASCII))
                        .hasSize(2 + 8 * 6));
    }

    @Test
    void aFileThatSomebodyHasLockedIsNotTaken() {
        put("one", mail("b@y.example"));
        Disk.Lock[] held = {null};
        Loop other = world.lane("other");
        other.post(() -> world.disk().lock(other, NEW.resolve("one"), new Answer<>() {
            @Override
            public void ready(Disk.Lock lock) {
                held[0] = lock;
            }

            @Override
            public void failed(IoFailure why) {
                throw new AssertionError(why.text());
            }
        }));
        pass(6);
        assertThat(mails).isEmpty();

        other.post(() -> held[0].release());
        pass(3);
        assertThat(mails).hasSize(1);
        assertThat(disk().files()).isEmpty();
    }

    @Test
    void ofManyFilesOnlyAFewAreUnderWayAtOneTimeAndAllAreTaken() {
        answer = null;
        for (int i = 0; i < 200; i++) {
            put("f" + i, mail("b" + i + "@y.example"));
        }
        pass(5);
        assertThat(mails).hasSize(Pickup.MOST_UNDER_WAY);

        answer = TAKEN;
        answers.forEach(each -> each.accept(TAKEN));
        pass(2);
        assertThat(mails).hasSize(200);
        assertThat(disk().files()).isEmpty();
    }

    @Test
    void namesThatBeginWithADotAndEmptyFilesAreLeftAlone() {
        put(".hidden", mail("b@y.example"));
        put("empty", "");
        pass(5);

        assertThat(mails).isEmpty();
        assertThat(disk().files()).hasSize(2);
    }

    @Test
    void withoutAFolderForItNothingIsTakenAnyMore() {
        assertThat(pickup).isNotNull();
        pickup.adopt(null);
        put("one", mail("b@y.example"));
        pass(5);

        assertThat(mails).isEmpty();
    }

    @Test
    void aFileThatCannotBeMovedIsNotReadAgainAndAgain() {
        put("one", "nothing of ours");
        disk().inject(
                        SimulatedDisk.Operation.RENAME,
                        path -> true,
                        1,
                        new org.sluicemta.simulation.DiskFault.Fails(IoFailure.Kind.ERROR));
        pass(10);

        assertThat(disk().files()).containsExactly(NEW.resolve("one"));
    }
}
