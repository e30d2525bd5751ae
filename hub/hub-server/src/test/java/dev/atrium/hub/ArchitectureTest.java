package dev.atrium.hub;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Who may know whom, as docs/architecture.md says it. */
class ArchitectureTest {

  private static final String HUB = "dev.atrium.hub";

  /** A room and the rooms that it may use; every room may also use db and config. */
  private static final Map<String, Set<String>> MAY_USE = Map.ofEntries(
    Map.entry(
      "gateway",
      Set.of("session", "generation", "conversation", "auth", "privacy", "share")
    ),
    Map.entry("session", Set.of("generation")),
    Map.entry(
      "generation",
      Set.of("admission", "conversation", "inference", "budget", "models", "audit")
    ),
    Map.entry("admission", Set.of("budget", "auth", "models")),
    Map.entry("conversation", Set.of("crypto")),
    Map.entry("auth", Set.of("audit", "crypto")),
    Map.entry("inference", Set.of()),
    Map.entry("models", Set.of()),
    Map.entry("budget", Set.of()),
    Map.entry("audit", Set.of("crypto")),
    Map.entry("crypto", Set.of()),
    Map.entry("jobs", Set.of()),
    Map.entry("privacy", Set.of("jobs", "crypto", "conversation", "audit", "share")),
    Map.entry("share", Set.of("admission", "audit", "conversation", "crypto")),
    Map.entry("db", Set.of()),
    Map.entry("config", Set.of())
  );

  private static JavaClasses classes;

  @BeforeAll
  static void read() {
    classes = new ClassFileImporter()
      .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
      .importPackages(HUB);
  }

  @TestFactory
  Iterable<DynamicTest> eachRoomKnowsOnlyTheRoomsThatItMay() {
    return MAY_USE.entrySet()
      .stream()
      .map(entry -> DynamicTest.dynamicTest(entry.getKey(), () -> check(entry.getKey())))
      .toList();
  }

  private static void check(String room) {
    Set<String> others = new TreeSet<>(MAY_USE.keySet());
    others.removeAll(MAY_USE.get(room));
    others.remove(room);
    others.removeAll(Set.of("db", "config"));
    noClasses()
      .that()
      .resideInAPackage(HUB + "." + room + "..")
      .should()
      .dependOnClassesThat(
        new DescribedPredicate<>("reside in " + others + " or in the wiring") {
          @Override
          public boolean test(JavaClass c) {
            return others.contains(roomOf(c)) || c.getPackageName().equals(HUB);
          }
        }
      )
      .check(classes);
  }

  private static String roomOf(JavaClass c) {
    String name = c.getPackageName();
    return name.startsWith(HUB + ".") ? name.substring(HUB.length() + 1).split("\\.", 2)[0] : "";
  }

  @Test
  void everyRoomIsInTheTable() {
    Set<String> rooms = new TreeSet<>();
    classes.forEach(c -> rooms.add(roomOf(c)));
    rooms.remove("");
    org.assertj.core.api.Assertions.assertThat(MAY_USE.keySet()).containsAll(rooms);
  }

  @Test
  void roomsHaveNoCycles() {
    slices().matching(HUB + ".(*)..").should().beFreeOfCycles().check(classes);
  }

  @Test
  void onlyPgClassesAndTheWiringImportTheSqlClient() {
    noClasses()
      .that()
      .haveSimpleNameNotStartingWith("Pg")
      .and()
      .resideOutsideOfPackage(HUB + ".db")
      .and()
      .resideOutsideOfPackage(HUB)
      .and(
        new DescribedPredicate<JavaClass>("are not nested in a Pg class") {
          @Override
          public boolean test(JavaClass c) {
            return !c.getName().contains(".Pg");
          }
        }
      )
      .should()
      .dependOnClassesThat()
      .resideInAnyPackage("io.vertx.sqlclient..", "io.vertx.pgclient..")
      .check(classes);
  }

  @Test
  void onlyInferenceTouchesTheEventBus() {
    noClasses()
      .that()
      .resideOutsideOfPackages(HUB + ".inference..", HUB + ".gateway.bus..")
      .should()
      .dependOnClassesThat()
      .resideInAPackage("io.vertx.core.eventbus..")
      .check(classes);
  }
}
