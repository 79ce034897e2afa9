package dev.wootz.chat.jinja;

/** A part of a text, from {@code begin} up to and without {@code end}, in UTF-16 units as {@link String#substring} takes them. */
public record Span(int begin, int end) {}
