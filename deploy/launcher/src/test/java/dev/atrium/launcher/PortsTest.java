package dev.atrium.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.ServerSocket;
import org.junit.jupiter.api.Test;

class PortsTest {

  private final Ports ports = new Ports(InetAddress.getLoopbackAddress());

  @Test
  void aTakenPortIsRefusedAndItsHolderNamed() throws Exception {
    try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      assertThatThrownBy(() -> ports.requireFree(taken.getLocalPort()))
        .isInstanceOfSatisfying(LauncherException.class, e ->
          assertThat(e.exitCode()).isEqualTo(LauncherException.CONFLICT)
        )
        .hasMessageContaining("Port " + taken.getLocalPort() + " is taken")
        .hasMessageContaining("process " + ProcessHandle.current().pid());
    }
  }

  @Test
  void aFreePortPasses() {
    ports.requireFree(ports.free());
  }

  @Test
  void givesNoneThatAnOutgoingConnectionMayTake() {
    for (int i = 0; i < 100; i++) {
      assertThat(ports.free()).isLessThan(32_768);
    }
  }

  @Test
  void neverGivesAPortTwice() {
    assertThat(new int[] { ports.free(), ports.free(), ports.free() }).doesNotHaveDuplicates();
  }

  @Test
  void prefersTheWantedPortUnlessItIsTaken() throws Exception {
    int wanted = new Ports(InetAddress.getLoopbackAddress()).free();
    assertThat(ports.freePreferring(wanted)).isEqualTo(wanted);
    assertThat(ports.freePreferring(wanted)).isNotEqualTo(wanted);
  }
}
