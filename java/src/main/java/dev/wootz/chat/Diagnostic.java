package dev.wootz.chat;

import org.jspecify.annotations.Nullable;

/**
 * What was out of order in a model's answer, and what became of it.
 *
 * @param problem what kind of disorder
 * @param message one sentence, fit to be shown to the model so that it can do better
 * @param source the part of the answer that it is about
 * @param call what was asked for where that much is known, null else
 */
public record Diagnostic(Problem problem, String message, String source, @Nullable ToolCall call) {

  /** Whether a tool call was thrown away, rather than put right. */
  public boolean refused() {
    return problem.refused;
  }

  /** The kinds of disorder. */
  public enum Problem {
    /** A call as a bare JSON object, outside of any tag. */
    BARE_JSON(false),
    /** A call in a fenced block of JSON where a tag belongs. */
    FENCED_JSON(false),
    /** The closing tag of a tool call is missing. */
    MISSING_END_TAG(false),
    /** A closing tag that closes nothing. */
    STRAY_TAG(false),
    /** The reasoning did not end. */
    UNCLOSED_REASONING(false),
    /** JSON with Python's literals, single quotes, trailing commas, missing brackets and the like. */
    REPAIRED_JSON(false),
    /** A call whose name or arguments stand under unusual keys. */
    UNUSUAL_FORM(false),
    /** The arguments are a text that holds JSON. */
    ARGUMENTS_AS_TEXT(false),
    /** The name differs from a tool's in case, hyphens or a prefix. */
    RENAMED_TOOL(false),
    /** An argument of another type that says the same, such as "5" for 5. */
    CONVERTED_ARGUMENT(false),
    /** An argument that the tool does not have; it is left out where the tool forbids such. */
    UNKNOWN_ARGUMENT(false),
    /** What stands in a tool call's tag is no JSON that can be understood. */
    INVALID_JSON(true),
    /** JSON that is no call: without a name, or with arguments that are no object. */
    NOT_A_CALL(true),
    /** No tool has this name. */
    UNKNOWN_TOOL(true),
    /** A required argument is missing. */
    MISSING_ARGUMENT(true),
    /** An argument is of a type that the tool does not take. */
    WRONG_TYPE(true);

    private final boolean refused;

    Problem(boolean refused) {
      this.refused = refused;
    }
  }
}
