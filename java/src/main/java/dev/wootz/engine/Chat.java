package dev.wootz.engine;

import dev.wootz.chat.AssistantParser;
import dev.wootz.chat.AssistantStream;
import dev.wootz.chat.Message;
import dev.wootz.chat.Role;
import dev.wootz.chat.Tool;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A conversation with a chat model. Each turn is rendered by the model's template; what the cache already holds of it is not computed again.
 *
 * <pre>{@code
 * try (Model model = Model.load(path); Chat chat = model.chat()) {
 *   System.out.println(chat.say("What is the capital of France?").text());
 * }
 * }</pre>
 *
 * <p>Not for more than one thread at a time.
 */
public final class Chat implements AutoCloseable {
  private final Model model;
  private final Session session;
  private final List<Message> messages = new ArrayList<>();
  private final Map<String, Object> templateArguments = new LinkedHashMap<>();
  private List<Tool> tools = List.of();
  private GenerationRequest request = GenerationRequest.defaults();

  Chat(Model model) {
    this.model = model;
    // Before there is anything to close.
    model.chatTemplate();
    this.session = model.session();
  }

  /** How answers are generated from now on. */
  public Chat request(GenerationRequest how) {
    request = how;
    return this;
  }

  public GenerationRequest request() {
    return request;
  }

  /** The tools that the template tells the model about. */
  public Chat tools(List<Tool> known) {
    tools = List.copyOf(known);
    return this;
  }

  /** An argument of the template, such as {@code enable_thinking}. */
  public Chat templateArgument(String name, Object value) {
    templateArguments.put(name, value);
    return this;
  }

  /** Adds a message without an answer: a system message, examples, a tool's result. */
  public Chat add(Message message) {
    messages.add(message);
    return this;
  }

  /** The conversation so far. */
  public List<Message> messages() {
    return List.copyOf(messages);
  }

  /** Forgets the conversation. */
  public void clear() {
    messages.clear();
  }

  /** Takes back the last message of the user and all that followed. Returns whether there was one. */
  public boolean undo() {
    for (int i = messages.size() - 1; i >= 0; i--) {
      if (messages.get(i).role() == Role.USER) {
        messages.subList(i, messages.size()).clear();
        return true;
      }
    }
    return false;
  }

  /** Says something and returns the answer. */
  public Generation say(String text) {
    return say(text, GenerationListener.NONE);
  }

  /**
   * Says something and returns the answer, which becomes part of the conversation even when it was cancelled half-way.
   *
   * <p>What fails takes the message back, so that the conversation can go on: {@link ContextFullException} when it no longer fits, or what
   * the template says to a message.
   */
  public Generation say(String text, GenerationListener listener) {
    messages.add(Message.user(text));
    try {
      return answer(listener);
    } catch (RuntimeException e) {
      undo();
      throw e;
    }
  }

  /** Generates the assistant's next message for the conversation as it stands. */
  public Generation answer(GenerationListener listener) {
    String prompt = prompt();
    int[] ids = model.tokenizer().encode(prompt, false, true);
    if (session.adapter() != request.adapter()) {
      session.rewind(0);
    }
    int same = Arrays.mismatch(ids, session.ids());
    // At least one token is computed anew: its logits begin the answer.
    int known = same < 0 ? ids.length - 1 : Math.min(same, ids.length - 1);
    session.rewind(known);
    Generation generation = model.generate(session, Arrays.copyOfRange(ids, known, ids.length), request, listener);
    messages.add(AssistantParser.of(tools).after(prompt).parse(generation.text()).message());
    return generation;
  }

  private String prompt() {
    Map<String, Object> arguments = new LinkedHashMap<>(templateArguments);
    arguments.put("add_generation_prompt", true);
    return model.chatTemplate().render(messages, tools, arguments).text();
  }

  /** Takes an answer apart while it is written: reasoning, text, tool calls. */
  public AssistantStream stream() {
    return AssistantParser.of(tools).after(prompt()).stream();
  }

  /** Tokens of the conversation that are in the cache. */
  public int tokens() {
    return session.length();
  }

  /** Tokens that fit. */
  public int context() {
    return session.context();
  }

  @Override
  public void close() {
    session.close();
  }
}
