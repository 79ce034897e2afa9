package dev.wootz.chat.jinja;

import java.util.Iterator;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What filters such as {@code map} and {@code select} give: elements made when asked for, once, without a length. */
record Generator(Iterator<Object> elements) {

  /** One whose making, too, waits until the first element is asked for: what is wrong with it shows only then. */
  static Generator lazy(Supplier<Iterator<Object>> source) {
    return new Generator(new Iterator<>() {
      private @Nullable Iterator<Object> made;

      private Iterator<Object> made() {
        if (made == null) {
          made = source.get();
        }
        return made;
      }

      @Override
      public boolean hasNext() {
        return made().hasNext();
      }

      @Override
      public Object next() {
        return made().next();
      }
    });
  }
}
