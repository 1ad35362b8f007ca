package org.sluicemta.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class ServiceUnitTest {
    private static final List<String> UNIT = List.of(
            "[Service]",
            "# ReadWritePaths=/not/this",
            "User=sluice",
            "LogsDirectory=sluice",
            "StateDirectory=sluice",
            "ProtectSystem=strict",
            "ReadWritePaths=/var/spool/sluice",
            "ProtectHome=yes");

    private static ServiceUnit with(String... additions) {
        return ServiceUnit.of(java.util.stream.Stream.concat(UNIT.stream(), List.of(additions).stream())
                .toList());
    }

    @Test
    void whatIsReadOnlyAndHiddenIsKnown() {
        ServiceUnit unit = with();

        assertThat(unit.user()).isEqualTo("sluice");
        assertThat(unit.confinement().writable())
                .containsExactly(Path.of("/var/lib/sluice"), Path.of("/var/log/sluice"), Path.of("/var/spool/sluice"));
        assertThat(unit.confinement().keepsFromWriting(Path.of("/data/spool"))).isTrue();
        assertThat(unit.confinement().keepsFromWriting(Path.of("/var/spool/sluice/a")))
                .isFalse();
        assertThat(unit.confinement().hides(Path.of("/root/key.pem"))).isTrue();
        assertThat(unit.confinement().hides(Path.of("/etc/sluice/key.pem"))).isFalse();
    }

    @Test
    void additionsAddAndAnEmptyValueBeginsAnew() {
        assertThat(with("[Service]", "ReadWritePaths=-/data/a /data/b")
                        .confinement()
                        .writable())
                .contains(Path.of("/var/spool/sluice"), Path.of("/data/a"), Path.of("/data/b"));
        assertThat(with("ReadWritePaths=", "ReadWritePaths=/data").confinement().writable())
                .contains(Path.of("/data"))
                .doesNotContain(Path.of("/var/spool/sluice"));
    }

    @Test
    void aUnitThatProtectsNothingKeepsNothingOut() {
        ServiceUnit unit = with("ProtectSystem=full", "ProtectHome=no");

        assertThat(unit.confinement().keepsFromWriting(Path.of("/data"))).isFalse();
        assertThat(unit.confinement().hides(Path.of("/root/x"))).isFalse();
    }
}
