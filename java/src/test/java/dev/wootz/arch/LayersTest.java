package dev.wootz.arch;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** The packages form a line: each imports only packages that stand before it. */
class LayersTest {
  private static final String ROOT = "dev.wootz.";

  /** In order of import; those that do not exist yet are named so that the first class in one is held to its place. */
  private static final List<String> ORDER =
      List.of(
          "tensor", "kernel", "format", "tokenizer", "chat", "model", "engine", "merge", "agent", "rollout", "train", "eval", "server",
          "langchain4j", "runlog", "demo", "cli");

  private static final JavaClasses CLASSES =
      new ClassFileImporter().withImportOption(new ImportOption.DoNotIncludeTests()).importPackages("dev.wootz");

  private static String[] trees(List<String> packages) {
    return packages.stream().map(name -> ROOT + name + "..").toArray(String[]::new);
  }

  @Test
  void nothingFlowsBackUp() {
    for (int i = 0; i < ORDER.size() - 1; i++) {
      noClasses()
          .that()
          .resideInAPackage(ROOT + ORDER.get(i) + "..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(trees(ORDER.subList(i + 1, ORDER.size())))
          .allowEmptyShould(true)
          .check(CLASSES);
    }
  }

  @Test
  void everyPackageHasItsPlace() {
    Set<String> packages = new TreeSet<>();
    CLASSES.forEach(c -> packages.add(c.getPackageName().substring(ROOT.length()).split("\\.")[0]));
    packages.remove("bindings"); // generated, from modules of their own
    assertThat(ORDER).containsAll(packages);
  }

  @Test
  void mergeNeedsNoModel() {
    classes()
        .that()
        .resideInAPackage(ROOT + "merge..")
        .should()
        .onlyDependOnClassesThat()
        .resideOutsideOfPackages(trees(List.of("chat", "model", "engine")))
        .check(CLASSES);
  }

  @Test
  void nativeBindingsAreKnownToTheLowestLayersOnly() {
    noClasses()
        .that()
        .resideOutsideOfPackages(trees(List.of("tensor", "kernel", "bindings")))
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("dev.wootz.bindings..", "org.bytedeco..")
        .check(CLASSES);
  }

  @Test
  void picocliAndJlineAreKnownToTheCommandLineOnly() {
    noClasses()
        .that()
        .resideOutsideOfPackage(ROOT + "cli..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("picocli..", "org.jline..")
        .check(CLASSES);
  }
}
