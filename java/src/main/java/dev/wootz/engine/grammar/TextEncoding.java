package dev.wootz.engine.grammar;

/** How characters become bytes: as they are, or within the quotes of a JSON string. */
interface TextEncoding {
  /** One character of the set. */
  Expression character(CodePoints set);
}
