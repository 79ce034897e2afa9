package dev.wootz.engine.grammar;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wootz.chat.Tags;
import dev.wootz.chat.Tool;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Answers that call tools, in the form of Hermes and Qwen. */
final class ToolCallGrammar {
  private final Expressions in;
  private final JsonSyntax json;
  private final Expression character;

  ToolCallGrammar(Expressions in) {
    this.in = in;
    this.json = new JsonSyntax(in);
    this.character = Utf8Ranges.of(CodePoints.ALL, in);
  }

  Expression of(List<Tool> tools, ToolChoice choice, boolean reasoningOpen) {
    List<Tool> callable = tools;
    if (choice.kind() == ToolChoice.Kind.NAMED) {
      callable = tools.stream().filter(tool -> tool.name().equals(choice.name())).toList();
      if (callable.isEmpty()) {
        throw new ConstraintException("tool choice: found \"" + choice.name() + "\", expected one of " + tools.stream().map(Tool::name).toList());
      }
    }
    if (callable.isEmpty() && choice.kind() != ToolChoice.Kind.AUTO) {
      throw new ConstraintException("tool choice: found no tools, expected at least one to call");
    }
    List<Expression> each = new ArrayList<>();
    for (int i = 0; i < callable.size(); i++) {
      each.add(call(callable.get(i), i));
    }
    Expression call = in.sequence(in.literal(Tags.CALL), space(), in.choice(each), space(), in.literal(Tags.END_CALL));
    Expression calls = in.sequence(call, in.star(in.sequence(space(), call)));
    Expression thought = in.sequence(without(Tags.END_THINK), in.literal(Tags.END_THINK), space());
    Expression before = reasoningOpen ? thought : in.optional(in.sequence(space(), in.literal(Tags.THINK), thought));
    return switch (choice.kind()) {
      case AUTO -> in.sequence(before, without(Tags.CALL, Tags.THINK), in.optional(calls));
      case REQUIRED -> in.sequence(before, space(), calls);
      case NAMED -> in.sequence(before, space(), call);
    };
  }

  /** A few line breaks or spaces at most. */
  private Expression space() {
    return in.repeat(in.choice(in.literal("\n"), in.literal(" ")), 0, 2);
  }

  /** Any text in which none of these stands. */
  private Expression without(String... tags) {
    Expression any = in.star(character);
    List<Expression> texts = new ArrayList<>(List.of(any));
    Stream.of(tags).forEach(tag -> texts.add(in.not(in.sequence(any, in.literal(tag), any))));
    return Dfa.of(in.and(texts.toArray(Expression[]::new)), in);
  }

  private Expression call(Tool tool, int number) {
    Expression arguments;
    try {
      arguments = SchemaCompiler.compile(closed(tool.parameters()), json, "tool " + number + " ");
    } catch (ConstraintException e) {
      throw new ConstraintException("tool \"" + tool.name() + "\": " + e.getMessage());
    }
    Expression members =
        in.sequence(
            json.literal("name"), json.colon, json.literal(tool.name()), json.comma(), json.literal("arguments"), json.colon, arguments);
    return json.enclosed("{", members, "}");
  }

  /** Arguments are an object; where the schema lists properties and does not say whether there may be others, there are none. */
  private static ObjectNode closed(ObjectNode parameters) {
    ObjectNode schema = parameters.deepCopy();
    if (!schema.has("type")) {
      schema.put("type", "object");
    }
    boolean alone = Stream.of("additionalProperties", "unevaluatedProperties", "patternProperties", "allOf", "anyOf", "oneOf", "$ref").noneMatch(schema::has);
    if (alone && schema.has("properties")) {
      schema.put("additionalProperties", false);
    }
    return schema;
  }
}
