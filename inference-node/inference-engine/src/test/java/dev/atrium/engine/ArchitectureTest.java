package dev.atrium.engine;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import org.junit.jupiter.api.Test;

/** Who may know whom in the engine. */
class ArchitectureTest {

  private static final JavaClasses ENGINE = new ClassFileImporter()
    .withImportOption(new ImportOption.DoNotIncludeTests())
    .importPackages("dev.atrium.engine");

  private static final SliceAssignment EACH_PACKAGE = new SliceAssignment() {
    @Override
    public SliceIdentifier getIdentifierOf(JavaClass javaClass) {
      String name = javaClass.getPackageName();
      return name.startsWith("dev.atrium.engine")
        ? SliceIdentifier.of(name)
        : SliceIdentifier.ignore();
    }

    @Override
    public String getDescription() {
      return "packages of the engine";
    }
  };

  @Test
  void theEngineKnowsNoNetwork() {
    noClasses()
      .should()
      .dependOnClassesThat()
      .resideInAnyPackage("io.vertx..", "com.hazelcast..", "java.net.http..")
      .check(ENGINE);
  }

  @Test
  void packagesHaveNoCycles() {
    slices().assignedFrom(EACH_PACKAGE).should().beFreeOfCycles().check(ENGINE);
  }

  @Test
  void tensorsStayInTheirRooms() {
    noClasses()
      .that()
      .resideOutsideOfPackages("..engine.djl..", "..engine.torchscript..", "..engine.training..")
      .should()
      .dependOnClassesThat()
      .resideInAnyPackage("ai.djl.ndarray..", "ai.djl.pytorch..")
      .check(ENGINE);
  }
}
