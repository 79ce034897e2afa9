package dev.wootz.chat.jinja;

/** What a template can call: a macro, a function or a method of a value. */
interface Callable {
  String name();

  Object call(Arguments given, Run run);
}
