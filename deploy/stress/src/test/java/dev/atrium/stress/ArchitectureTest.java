package dev.atrium.stress;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

class ArchitectureTest {

  private static final JavaClasses STRESS = new ClassFileImporter()
    .withImportOption(new ImportOption.DoNotIncludeTests())
    .importPackages("dev.atrium.stress");

  @Test
  void theDriverKnowsTheSystemOnlyFromOutside() {
    noClasses()
      .should()
      .dependOnClassesThat()
      .resideInAnyPackage("dev.atrium.hub..", "dev.atrium.inference..", "dev.atrium.launcher..")
      .check(STRESS);
  }

  @Test
  void ofTheEngineItKnowsTheScriptAlone() {
    noClasses()
      .should()
      .dependOnClassesThat()
      .resideInAnyPackage(
        "dev.atrium.engine",
        "dev.atrium.engine.djl..",
        "dev.atrium.engine.text..",
        "dev.atrium.engine.model.."
      )
      .check(STRESS);
  }

  @Test
  void packagesHaveNoCycles() {
    slices().matching("dev.atrium.stress.(*)..").should().beFreeOfCycles().check(STRESS);
  }
}
