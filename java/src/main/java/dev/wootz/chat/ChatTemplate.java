package dev.wootz.chat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wootz.chat.jinja.Rendering;
import dev.wootz.chat.jinja.Span;
import dev.wootz.chat.jinja.Template;
import dev.wootz.format.GgufFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The template that turns a conversation into a model's prompt, as transformers' {@code apply_chat_template} does. Any number of threads
 * can use one at once.
 *
 * <p>Arguments ({@code kwargs}): {@code add_generation_prompt} ends the text where the assistant is to go on; {@code
 * continue_final_message} ends it inside the last message, which the model then continues; {@code documents}; and whatever the template
 * itself knows, such as {@code enable_thinking}.
 */
public final class ChatTemplate {
  private static final String CONTINUE = "continue_final_message";
  private static final String GENERATION_PROMPT = "add_generation_prompt";

  private final String source;
  private final Template template;
  private final @Nullable Template toolTemplate;
  private final Map<String, Object> specialTokens;

  private ChatTemplate(String source, Template template, @Nullable Template toolTemplate, Map<String, Object> specialTokens) {
    this.source = source;
    this.template = template;
    this.toolTemplate = toolTemplate;
    this.specialTokens = Map.copyOf(specialTokens);
  }

  /**
   * Parses a template that no model's folder goes with. Throws {@link dev.wootz.chat.jinja.TemplateException}.
   *
   * @param name to call it by in messages, such as its file
   */
  public static ChatTemplate parse(String source, String name) {
    return new ChatTemplate(source, Template.parse(source, name), null, Map.of());
  }

  /**
   * The template of a model, with the special tokens of its tokenizer. In a Hugging Face folder it is chat_template.jinja, or
   * chat_template.json, or {@code chat_template} in tokenizer_config.json; in a GGUF file it is {@code tokenizer.chat_template}. Throws
   * {@link dev.wootz.format.FormatException} when there is none and {@link dev.wootz.chat.jinja.TemplateException} when it is wrong.
   *
   * @param model a folder or a GGUF file
   */
  public static ChatTemplate load(Path model) {
    if (Files.isDirectory(model)) {
      return of(TemplateFiles.ofFolder(model));
    }
    try (GgufFile file = GgufFile.open(model)) {
      return of(file);
    }
  }

  /** The template of a GGUF file. See {@link #load}. */
  public static ChatTemplate of(GgufFile file) {
    return of(GgufTemplates.of(file));
  }

  private static ChatTemplate of(TemplateFiles files) {
    ChatTemplate plain = parse(files.plain().text(), files.plain().name());
    TemplateFiles.Text tools = files.tools();
    Template toolTemplate = tools == null ? null : Template.parse(tools.text(), tools.name());
    return new ChatTemplate(plain.source, plain.template, toolTemplate, files.specialTokens());
  }

  /** The special tokens of a folder or GGUF file, by the names that templates know them by; none when its tokenizer names none. */
  public static Map<String, Object> specialTokens(Path model) {
    if (Files.isDirectory(model)) {
      return TemplateFiles.specialTokens(model);
    }
    try (GgufFile file = GgufFile.open(model)) {
      return GgufTemplates.specialTokens(file.metadata());
    }
  }

  /**
   * The same template with other special tokens.
   *
   * @param tokens by the names that templates know them by: {@code bos_token}, {@code eos_token}, ...
   */
  public ChatTemplate withSpecialTokens(Map<String, ?> tokens) {
    return new ChatTemplate(source, template, toolTemplate, Map.copyOf(tokens));
  }

  /** The same template with another clock, for templates that tell the date. */
  public ChatTemplate withClock(Clock clock) {
    return new ChatTemplate(source, template.with(clock), toolTemplate == null ? null : toolTemplate.with(clock), specialTokens);
  }

  /** The template's text. */
  public String source() {
    return source;
  }

  /**
   * A rendered conversation.
   *
   * @param generated the parts that the assistant itself wrote, where the template marks them by {@code generation} blocks
   */
  public record Rendered(String text, List<Span> generated) {}

  /** Renders with a prompt for the assistant's answer, the usual thing before generating. See {@link #render(List, List, Map)}. */
  public Rendered prompt(List<Message> messages, List<Tool> tools) {
    return render(messages, tools, Map.of(GENERATION_PROMPT, true));
  }

  /**
   * Renders a conversation. Throws {@link ChatException} and {@link dev.wootz.chat.jinja.TemplateException}.
   *
   * @param tools none: the template is told that there are no tools
   * @param kwargs texts, numbers, booleans, lists, maps, JSON nodes, null
   */
  public Rendered render(List<Message> messages, List<Tool> tools, Map<String, ? extends @Nullable Object> kwargs) {
    ArrayNode jsonMessages = JsonNodeFactory.instance.arrayNode();
    messages.forEach(message -> jsonMessages.add(message.toJson()));
    ArrayNode jsonTools = JsonNodeFactory.instance.arrayNode();
    tools.forEach(tool -> jsonTools.add(tool.toJson()));
    return render(jsonMessages, tools.isEmpty() ? null : jsonTools, new LinkedHashMap<>(kwargs));
  }

  /**
   * Renders a conversation in JSON, which reaches the template as it is: absent keys, nulls, numbers and the order of keys. Throws {@link
   * ChatException} and {@link dev.wootz.chat.jinja.TemplateException}.
   */
  public Rendered render(ArrayNode messages, @Nullable ArrayNode tools, ObjectNode kwargs) {
    Map<String, @Nullable Object> arguments = new LinkedHashMap<>();
    kwargs.properties().forEach(field -> arguments.put(field.getKey(), field.getValue()));
    return render(messages, tools, arguments);
  }

  private Rendered render(ArrayNode messages, @Nullable ArrayNode tools, Map<String, @Nullable Object> kwargs) {
    Map<String, @Nullable Object> variables = new LinkedHashMap<>(specialTokens);
    variables.put("documents", null);
    variables.put(GENERATION_PROMPT, false);
    variables.putAll(kwargs);
    Continuation continuation = Continuation.of(variables.remove(CONTINUE));
    if (continuation != null && isTrue(variables.get(GENERATION_PROMPT))) {
      throw new ChatException(CONTINUE + " and " + GENERATION_PROMPT + " exclude each other: the text ends in a message or after it");
    }
    variables.put("messages", continuation == null ? messages : continuation.mark(messages, source));
    variables.put("tools", tools);
    Rendering rendering = (tools != null && toolTemplate != null ? toolTemplate : template).render(variables);
    if (continuation == null) {
      return new Rendered(rendering.text(), rendering.generated());
    }
    String text = continuation.cut(rendering.text());
    List<Span> generated = rendering.generated().stream()
        .filter(span -> span.begin() < text.length())
        .map(span -> new Span(span.begin(), Math.min(span.end(), text.length())))
        .toList();
    return new Rendered(text, generated);
  }

  private static boolean isTrue(@Nullable Object value) {
    return value instanceof JsonNode node ? node.asBoolean() : Boolean.TRUE.equals(value);
  }
}
