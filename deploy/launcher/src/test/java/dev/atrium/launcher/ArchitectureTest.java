package dev.atrium.launcher;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

class ArchitectureTest {

  private static final JavaClasses LAUNCHER = new ClassFileImporter()
    .withImportOption(new ImportOption.DoNotIncludeTests())
    .importPackages("dev.atrium.launcher");

  @Test
  void theLauncherKnowsTheProcessesOnlyFromOutside() {
    noClasses()
      .should()
      .dependOnClassesThat()
      .resideInAnyPackage("dev.atrium.hub..", "dev.atrium.inference..", "dev.atrium.engine..")
      .check(LAUNCHER);
  }

  @Test
  void ofVertxItUsesJsonAlone() {
    noClasses()
      .should()
      .dependOnClassesThat()
      .resideInAnyPackage("io.vertx.core", "io.vertx.core.eventbus..", "io.vertx.core.net..")
      .check(LAUNCHER);
  }
}
