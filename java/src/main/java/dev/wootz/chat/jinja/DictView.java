package dev.wootz.chat.jinja;

import java.util.List;

/** What {@code keys()}, {@code values()} and {@code items()} of a dict give. */
record DictView(String method, List<Object> elements) {}
