package dev.wootz.chat.jinja;

/** Python's {@code None}; Java's null stands for an argument that was not given. */
enum None {
  NONE
}
