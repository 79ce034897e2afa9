package dev.wootz.chat.jinja;

/** What {@code namespace()} gives: the one value that a template can change, by {@code set ns.name = value}. */
record Namespace(Dict attributes) {}
