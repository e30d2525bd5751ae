package dev.atrium.launcher.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Runs the system where nothing but loopback exists (a network namespace of its own). Everything must
 * work there, and the kernel's count of packets that had nowhere to go must not move: one attempt to
 * reach anything outside, a name server included, would move it.
 */
class NoConnectionLeavesTest {

  @TempDir
  Path folder;

  @Test
  void chatWorksWithoutANetworkAndNothingIsCalledOutside() throws Exception {
    Atrium.assumeBuilt();
    List<String> namespace = namespace();
    List<String> command = new ArrayList<>(namespace);
    command.addAll(List.of("sh", "-c", "ip link set lo up && exec \"$@\"", "sh"));
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Datrium.root=" + Atrium.root(), "-cp"));
    command.add(System.getProperty("java.class.path"));
    command.addAll(List.of(Inside.class.getName(), folder.toString()));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = String.join("\n", process.inputReader(StandardCharsets.UTF_8).lines().toList());
    assertThat(process.waitFor()).as(output).isZero();
    assertThat(output).contains("attempts to reach outside: 0", "the control was counted");
  }

  /** How this user gets a network namespace; skips loudly where the machine allows none. */
  private static List<String> namespace() throws Exception {
    for (List<String> way : List.of(List.of("unshare", "-n"), List.of("unshare", "-rn"))) {
      List<String> probe = new ArrayList<>(way);
      probe.addAll(List.of("ip", "link", "set", "lo", "up"));
      try {
        ProcessBuilder builder = new ProcessBuilder(probe)
          .redirectErrorStream(true)
          .redirectOutput(ProcessBuilder.Redirect.DISCARD);
        if (builder.start().waitFor() == 0) {
          return way;
        }
      } catch (IOException e) {
        break;
      }
    }
    System.out.println("SKIPPED: this machine gives us no network namespace (unshare -n, ip)");
    assumeTrue(false, "no network namespace");
    return List.of();
  }

  /** What runs inside: the whole system, somebody who chats, and at the end one call outside. */
  static final class Inside {

    public static void main(String[] args) throws Exception {
      long before = unroutable();
      try (
        Atrium atrium = Atrium.up(Path.of(args[0])).awaitReady();
        Person person = Person.welcomed(atrium, "an own password");
        ChatSocket socket = person.connect()
      ) {
        System.out.println(socket.ask("Hello! What is Atrium?").text());
        // Phone-home and usage tracking of libraries start late: give them time to try.
        Thread.sleep(3_000);
        atrium.interrupt();
      }
      System.out.println("attempts to reach outside: " + (unroutable() - before));
      System.out.println("the control was " + (controlIsCounted() ? "" : "not ") + "counted");
      System.exit(0);
    }

    /** The proof that the count would have moved: TEST-NET-1 (RFC 5737) belongs to nobody. */
    private static boolean controlIsCounted() throws IOException {
      long before = unroutable();
      try (Socket socket = new Socket()) {
        InetAddress nobody = InetAddress.getByAddress(new byte[] { (byte) 192, 0, 2, 1 });
        socket.connect(new InetSocketAddress(nobody, 80), 1_000);
      } catch (IOException e) {
        // As it must be: the network is unreachable.
      }
      return unroutable() > before;
    }

    /** OutNoRoutes of IPv4 and IPv6 (RFC 4293, ipSystemStatsOutNoRoutes), for this namespace. */
    private static long unroutable() throws IOException {
      List<String[]> ip;
      try (Stream<String> lines = Files.lines(Path.of("/proc/net/snmp"))) {
        ip = lines
          .filter(line -> line.startsWith("Ip:"))
          .map(line -> line.split(" ", -1))
          .toList();
      }
      int column = List.of(ip.getFirst()).indexOf("OutNoRoutes");
      long count = Long.parseLong(ip.getLast()[column]);
      Path six = Path.of("/proc/net/snmp6");
      if (Files.exists(six)) {
        for (String line : Files.readAllLines(six)) {
          if (line.startsWith("Ip6OutNoRoutes")) {
            count += Long.parseLong(line.split("\\s+", -1)[1]);
          }
        }
      }
      return count;
    }
  }
}
