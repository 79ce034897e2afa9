package dev.wootz.chat.jinja;

import java.util.List;

/**
 * What a template printed.
 *
 * @param generated the parts that stand in {@code generation} blocks, in order: what the model itself wrote, and is to be trained on
 */
public record Rendering(String text, List<Span> generated) {}
