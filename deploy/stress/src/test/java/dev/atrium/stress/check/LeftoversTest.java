package dev.atrium.stress.check;

import static org.assertj.core.api.Assertions.assertThat;

import dev.atrium.stress.figures.Violations;
import dev.atrium.stress.system.Held;
import dev.atrium.stress.system.SystemFile;
import dev.atrium.stress.system.SystemFile.Database;
import dev.atrium.stress.system.SystemFile.Member;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/** This process stands for a hub: what it leaves open must be noticed. */
class LeftoversTest {

  private static final long MYSELF = ProcessHandle.current().pid();

  private final Violations violations = new Violations();

  @Test
  void nothingIsLeftOver() throws Exception {
    try (ServerSocket port = port()) {
      Map<String, Held> before = Held.byAll(hubAt(port));
      Leftovers.check(hubAt(port), before, violations);
    }
    assertThat(violations.all()).isEmpty();
  }

  @Test
  void aConnectionThatOnlyItsClientHasClosedIsNoticed() throws Exception {
    try (ServerSocket port = port()) {
      Map<String, Held> before = Held.byAll(hubAt(port));
      try (
        Socket client = new Socket(InetAddress.getLoopbackAddress(), port.getLocalPort());
        Socket accepted = port.accept()
      ) {
        Leftovers.check(hubAt(port), before, violations);
        assertThat(violations.all()).hasSize(2);
        client.close();
        Leftovers.check(hubAt(port), before, violations);
        assertThat(violations.all()).hasSize(4);
        assertThat(violations.all().getLast().evidence()).contains("1 connections");
        assertThat(accepted.isClosed()).isFalse();
      }
    }
  }

  @Test
  void threadsThatDoNotEndAreNoticed() throws Exception {
    leave(70, Thread.ofPlatform().daemon());
    assertThat(violations.all().getFirst().evidence()).startsWith("hub-1 held");
  }

  @Test
  void virtualThreadsThatDoNotEndAreNoticed() throws Exception {
    leave(20, Thread.ofVirtual());
    assertThat(violations.all().getFirst().evidence()).startsWith("hub-1 held");
  }

  @Test
  void socketsToAnywhereThatStayOpenAreNoticed() throws Exception {
    List<Socket> open = new ArrayList<>();
    try (ServerSocket port = port(); ServerSocket elsewhere = port()) {
      Map<String, Held> before = Held.byAll(hubAt(port));
      for (int i = 0; i < 20; i++) {
        open.add(new Socket(InetAddress.getLoopbackAddress(), elsewhere.getLocalPort()));
        open.add(elsewhere.accept());
      }
      Leftovers.check(hubAt(port), before, violations);
    } finally {
      for (Socket socket : open) {
        socket.close();
      }
    }
    assertThat(violations.all().getFirst().evidence()).startsWith("hub-1 held");
  }

  private void leave(int count, Thread.Builder builder) throws Exception {
    CountDownLatch end = new CountDownLatch(1);
    try (ServerSocket port = port()) {
      Map<String, Held> before = Held.byAll(hubAt(port));
      for (int i = 0; i < count; i++) {
        var _ = builder.start(() -> await(end));
      }
      Leftovers.check(hubAt(port), before, violations);
    } finally {
      end.countDown();
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static ServerSocket port() throws Exception {
    return new ServerSocket(0, 64, InetAddress.getLoopbackAddress());
  }

  private static SystemFile hubAt(ServerSocket port) {
    String address = "http://127.0.0.1:" + port.getLocalPort();
    return new SystemFile(
      address,
      new Database("127.0.0.1", 5432, "atrium", 0),
      List.of(new Member("hub-1", MYSELF, address)),
      List.of()
    );
  }
}
