package dev.wootz.tokenizer;

import dev.wootz.format.FormatException;
import dev.wootz.format.JsonFiles;
import dev.wootz.tokenizer.PieceDecoder.Replacement;
import dev.wootz.tokenizer.PieceDecoder.Strip;
import java.util.ArrayList;
import java.util.List;

/** Reads the {@code decoder} of a tokenizer.json. */
final class DecoderReader {
  private static final String SUPPORTED = "Sequence, ByteLevel, Metaspace, Replace, ByteFallback, Fuse, Strip";

  private final List<Replacement> replacements = new ArrayList<>();
  private boolean byteFallback;
  private boolean fused;
  private Strip strip = Strip.NONE;

  private DecoderReader() {}

  static Decoder read(Component component) {
    if (component.isAbsent()) {
      return new PieceDecoder(List.of(), false, Strip.NONE, " ");
    }
    List<Component> parts = flatten(component);
    if (parts.size() == 1 && parts.get(0).type().equals("ByteLevel")) {
      return new ByteLevelDecoder();
    }
    DecoderReader reader = new DecoderReader();
    parts.forEach(reader::add);
    return new PieceDecoder(List.copyOf(reader.replacements), reader.byteFallback, reader.strip, "");
  }

  private static List<Component> flatten(Component component) {
    if (!component.type().equals("Sequence")) {
      return List.of(component);
    }
    List<Component> parts = new ArrayList<>();
    component.children("decoders").forEach(part -> parts.addAll(flatten(part)));
    return parts;
  }

  /** Steps are taken in the order Replace or Metaspace, ByteFallback, Fuse, Strip; any of them may be missing. */
  private void add(Component part) {
    boolean last = strip != Strip.NONE;
    switch (part.type()) {
      case "Replace" -> {
        inOrder(part, !byteFallback && !fused && !last);
        replacements.add(new Replacement(pattern(part), part.text("content")));
      }
      case "Metaspace" -> {
        inOrder(part, !byteFallback && !fused && !last && replacements.isEmpty());
        String replacement = part.text("replacement");
        replacements.add(new Replacement(replacement, " "));
        boolean legacy = part.child("prepend_scheme").isAbsent();
        boolean prepends = legacy ? part.flag("add_prefix_space", true) : !part.text("prepend_scheme").equals("never");
        strip = prepends ? new Strip(" ", Integer.MAX_VALUE, false, true) : Strip.NONE;
      }
      case "ByteFallback" -> {
        inOrder(part, !byteFallback && !fused && !last);
        byteFallback = true;
      }
      case "Fuse" -> {
        inOrder(part, !last || strip.firstTokenOnly());
        fused = true;
      }
      case "Strip" -> {
        inOrder(part, !last);
        if (part.count("stop") > 0) {
          throw part.unsupported("stop", JsonFiles.kind(part.node().path("stop")), "0");
        }
        String content = part.text("content");
        if (content.codePointCount(0, content.length()) != 1) {
          throw part.wrong(part.where() + ".content", "found " + FormatException.quote(content) + ", expected one character");
        }
        strip = new Strip(content, part.count("start"), !fused, false);
      }
      default -> throw part.unsupportedType(SUPPORTED);
    }
  }

  private static void inOrder(Component part, boolean holds) {
    if (!holds) {
      throw part.unsupported("", part.type() + " at this place", "Replace or Metaspace, ByteFallback, Fuse, Strip in this order");
    }
  }

  private static String pattern(Component part) {
    Component pattern = part.child("pattern");
    if (!pattern.node().path("String").isTextual() || pattern.text("String").isEmpty()) {
      throw part.unsupported("pattern", JsonFiles.kind(pattern.node()), "{\"String\": ...}");
    }
    return pattern.text("String");
  }
}
