package dev.wootz.chat;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** Who speaks in a message. */
public enum Role {
  SYSTEM,
  /** OpenAI's later name for the system role, which some templates know. */
  DEVELOPER,
  USER,
  ASSISTANT,
  /** The result of a tool call. */
  TOOL;

  /** As JSON and templates spell it: {@code "assistant"}. */
  public String json() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The role that JSON spells so. Throws {@link ChatException}. */
  public static Role of(String json) {
    return Arrays.stream(values())
        .filter(role -> role.json().equals(json))
        .findFirst()
        .orElseThrow(() -> new ChatException(
            "unknown role \"" + json + "\": expected " + Arrays.stream(values()).map(Role::json).collect(Collectors.joining(", "))));
  }
}
