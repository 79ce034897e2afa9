package dev.wootz.tokenizer;

import dev.wootz.format.FormatException;
import dev.wootz.format.JsonFiles;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads the {@code pre_tokenizer} of a tokenizer.json. */
final class SplitterReader {
  private static final String SUPPORTED = "Sequence, Split, ByteLevel, Digits, Punctuation, Metaspace, WhitespaceSplit";

  private final boolean atStart;
  private boolean byteLevel;

  /** @param atStart whether the splitter is for the text up to the first added token */
  private SplitterReader(boolean atStart) {
    this.atStart = atStart;
  }

  /**
   * What a pre-tokenizer comes to.
   *
   * @param first cuts the start of a text
   * @param later cuts what follows an added token
   * @param byteLevel whether the vocabulary is one of bytes
   */
  record Splitters(Splitter first, Splitter later, boolean byteLevel) {}

  static Splitters read(Component component) {
    SplitterReader first = new SplitterReader(true);
    Splitter firstSplitter = first.splitter(component);
    Splitter later = new SplitterReader(false).splitter(component);
    return new Splitters(firstSplitter, later, first.byteLevel);
  }

  private Splitter splitter(Component component) {
    if (component.isAbsent()) {
      return Splitter.WHOLE;
    }
    List<Component> parts = flatten(component);
    Splitter all = Splitter.WHOLE;
    for (int i = 0; i < parts.size(); i++) {
      if (byteLevel) {
        throw parts.get(i).unsupported("", "a pre-tokenizer after ByteLevel", "ByteLevel as the last one");
      }
      all = all.then(one(parts.get(i), i == 0));
    }
    return all;
  }

  private static List<Component> flatten(Component component) {
    if (!component.type().equals("Sequence")) {
      return List.of(component);
    }
    List<Component> parts = new ArrayList<>();
    component.children("pretokenizers").forEach(part -> parts.addAll(flatten(part)));
    return parts;
  }

  private Splitter one(Component component, boolean isFirst) {
    return switch (component.type()) {
      case "Split" -> split(component);
      case "ByteLevel" -> byteLevel(component);
      case "Digits" -> CharSplitters.digits(component.flag("individual_digits", false));
      case "Punctuation" -> CharSplitters.punctuation(behavior(component, SplitBehavior.ISOLATED));
      case "WhitespaceSplit" -> CharSplitters.whiteSpace();
      case "Metaspace" -> metaspace(component, isFirst);
      default -> throw component.unsupportedType(SUPPORTED);
    };
  }

  private Splitter byteLevel(Component component) {
    byteLevel = true;
    Splitter prefix = component.flag("add_prefix_space", true) ? CharSplitters.prefixSpace() : Splitter.WHOLE;
    return prefix.then(component.flag("use_regex", true) ? new Gpt2Splitter() : Splitter.WHOLE);
  }

  private static Splitter split(Component component) {
    SplitBehavior behavior = behavior(component, null);
    boolean invert = component.flag("invert", false);
    Component pattern = component.child("pattern");
    if (pattern.node().path("String").isTextual()) {
      String literal = pattern.text("String");
      return literal.isEmpty() ? Splitter.WHOLE : new RegexSplitter(Pattern.compile(Pattern.quote(literal)), behavior, invert);
    }
    if (!pattern.node().path("Regex").isTextual()) {
      throw pattern.wrong(pattern.where(), "found " + JsonFiles.kind(pattern.node()) + ", expected {\"String\": ...} or {\"Regex\": ...}");
    }
    String regex = pattern.text("Regex");
    // The scanners cut all of a text into matches, so that both come to the same.
    boolean allMatches = !invert && behavior == SplitBehavior.ISOLATED || invert && behavior == SplitBehavior.REMOVED;
    Optional<Splitter> scanner = allMatches ? scanner(regex) : Optional.empty();
    return scanner.orElseGet(() -> new RegexSplitter(RegexSplitter.compile(pattern, regex), behavior, invert));
  }

  private static Optional<Splitter> scanner(String regex) {
    return regex.equals(Gpt2Splitter.PATTERN) ? Optional.of(new Gpt2Splitter()) : Cl100kSplitter.of(regex);
  }

  private static SplitBehavior behavior(Component component, @Nullable SplitBehavior fallback) {
    if (fallback != null && component.child("behavior").isAbsent()) {
      return fallback;
    }
    String name = component.text("behavior");
    for (SplitBehavior behavior : SplitBehavior.values()) {
      if (behavior.jsonName().equals(name)) {
        return behavior;
      }
    }
    throw component.unsupported(
        "behavior", FormatException.quote(name), "Isolated, Removed, Contiguous, MergedWithPrevious, MergedWithNext");
  }

  private Splitter metaspace(Component component, boolean isFirst) {
    String replacement = component.text("replacement");
    // Before 2024 add_prefix_space said what prepend_scheme says now.
    boolean legacy = component.child("prepend_scheme").isAbsent();
    String scheme = legacy ? component.flag("add_prefix_space", true) ? "always" : "never" : component.text("prepend_scheme");
    boolean prepend =
        switch (scheme) {
          case "always" -> true;
          case "never" -> false;
          case "first" -> {
            if (!isFirst) {
              throw component.unsupported("prepend_scheme", "\"first\" after another pre-tokenizer", "always, never");
            }
            yield atStart;
          }
          default -> throw component.unsupported("prepend_scheme", FormatException.quote(scheme), "always, first, never");
        };
    return Metaspace.splitter(replacement, prepend, component.flag("split", true));
  }
}
