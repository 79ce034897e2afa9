package dev.wootz.merge.pipeline;

import dev.wootz.format.CheckpointLayout;
import dev.wootz.format.SafetensorsFile;
import dev.wootz.kernel.CpuKernels;
import dev.wootz.merge.plan.MergePlan;
import dev.wootz.merge.plan.OpenModel;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * What decides the bytes of a merge's output: recipe, mode, seed, version, and of each input file the header's hash, size and time of
 * change. Two runs with equal fingerprints may share one output.
 */
final class Fingerprint {
  private Fingerprint() {}

  static String of(MergePlan plan, CheckpointLayout layout) {
    StringBuilder text = new StringBuilder();
    text.append(CpuKernels.version()).append('\n');
    text.append(plan.mode()).append(' ').append(plan.seed()).append('\n');
    text.append(plan.recipe().text()).append('\n');
    for (OpenModel model : plan.models()) {
      text.append(model.label()).append('\n');
      for (SafetensorsFile file : model.checkpoint().files()) {
        text.append(input(file)).append('\n');
      }
      if (model.lora() != null) {
        text.append(input(model.lora().file())).append('\n');
      }
    }
    layout.places().forEach((tensor, place) -> text.append(tensor).append(' ').append(place).append('\n'));
    return sha256(text.toString());
  }

  private static String input(SafetensorsFile file) {
    Path path = file.path();
    try {
      return path.getFileName() + " " + file.headerSha256() + " " + Files.size(path) + " " + Files.getLastModifiedTime(path).toMillis();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + path + ": " + e.getMessage(), e);
    }
  }

  private static String sha256(String text) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
