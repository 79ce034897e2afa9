package dev.wootz.tokenizer;

import dev.wootz.format.FormatException;
import java.util.stream.IntStream;

/**
 * The tokens that belong around every text, such as a beginning-of-text token: the {@code post_processor} of tokenizer.json.
 *
 * @param before ids that go before the text
 * @param after ids that go after it
 */
record Surround(int[] before, int[] after) {
  static final Surround NOTHING = new Surround(new int[0], new int[0]);

  static Surround read(Component component) {
    if (component.isAbsent()) {
      return NOTHING;
    }
    switch (component.type()) {
      case "ByteLevel" -> {
        // Moves offsets only, which Wootz does not have.
        return NOTHING;
      }
      case "Sequence" -> {
        Surround all = NOTHING;
        for (Component part : component.children("processors")) {
          all = all.within(read(part));
        }
        return all;
      }
      case "TemplateProcessing" -> {
        return template(component);
      }
      case "BertProcessing", "RobertaProcessing" -> {
        return new Surround(new int[] {pairId(component, "cls")}, new int[] {pairId(component, "sep")});
      }
      default ->
          throw component.unsupportedType("Sequence, TemplateProcessing, ByteLevel, BertProcessing, RobertaProcessing");
    }
  }

  private Surround within(Surround outer) {
    return new Surround(join(outer.before, before), join(after, outer.after));
  }

  static int[] join(int[] a, int[] b) {
    return IntStream.concat(IntStream.of(a), IntStream.of(b)).toArray();
  }

  private static int pairId(Component component, String name) {
    if (!component.node().path(name).path(1).isInt()) {
      throw component.wrong(component.where() + "." + name, "expected [token, id]");
    }
    return component.node().path(name).path(1).intValue();
  }

  private static Surround template(Component component) {
    Ids before = new Ids(4);
    Ids after = new Ids(4);
    boolean text = false;
    for (Component part : component.children("single")) {
      if (part.node().has("Sequence")) {
        if (text) {
          throw part.unsupported("", "the text for a second time", "one {\"Sequence\": ...}");
        }
        text = true;
      } else {
        String name = part.child("SpecialToken").text("id");
        Component ids = component.child("special_tokens").child(name).child("ids");
        if (ids.node().isEmpty()) {
          throw ids.wrong(ids.where(), "missing, expected the ids of " + FormatException.quote(name));
        }
        Ids side = text ? after : before;
        ids.node().forEach(id -> side.add(id.asInt()));
      }
    }
    return new Surround(before.toArray(), after.toArray());
  }
}
