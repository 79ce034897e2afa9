package dev.wootz.chat.jinja;

import java.util.Iterator;

/** What filters such as {@code map} and {@code select} give: elements made when asked for, once, without a length. */
record Generator(Iterator<Object> elements) {}
