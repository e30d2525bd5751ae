package dev.atrium.inference;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

class ArchitectureTest {

  private final JavaClasses server = new ClassFileImporter()
    .withImportOption(new ImportOption.DoNotIncludeTests())
    .importPackages("dev.atrium.inference");

  @Test
  void knowsNoTensorsAndNoEngineInternals() {
    noClasses()
      .should()
      .dependOnClassesThat()
      .resideInAnyPackage("ai.djl..", "dev.atrium.engine.djl..", "dev.atrium.engine.torchscript..")
      .check(server);
  }

  @Test
  void knowsNoHub() {
    noClasses().should().dependOnClassesThat().resideInAnyPackage("dev.atrium.hub..").check(server);
  }

  @Test
  void leavesHazelcastToTheClusterSetUp() {
    noClasses()
      .that()
      .resideOutsideOfPackage("..api.cluster..")
      .should()
      .dependOnClassesThat()
      .resideInAnyPackage("com.hazelcast..", "io.vertx.spi.cluster..")
      .check(server);
  }

  @Test
  void keepsTheEngineThreadFreeOfTheBus() {
    noClasses()
      .that()
      .haveSimpleName("EngineLoop")
      .or()
      .haveSimpleName("Attempt")
      .or()
      .haveSimpleName("Attempts")
      .should()
      .dependOnClassesThat()
      .resideInAnyPackage("io.vertx.core.eventbus..")
      .check(server);
  }

  @Test
  void hasNoCyclesOfPackages() {
    slices().matching("dev.atrium.inference.(**)").should().beFreeOfCycles().check(server);
  }
}
