package dev.wootz.chat.jinja;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.PrimitiveIterator;

/** What a value gives when a loop or filter goes through it; each element costs a unit of work. */
final class Iteration {
  private Iteration() {}

  static Iterator<Object> of(Object given, Run run) {
    Object value = Markup.plain(given);
    if (value instanceof List<?> list) {
      return paid(list.iterator(), run);
    } else if (value instanceof Dict dict) {
      run.charge(dict.size());
      return dict.keys().iterator();
    } else if (value instanceof Tuple tuple) {
      return paid(tuple.elements().iterator(), run);
    } else if (value instanceof DictView view) {
      return paid(view.elements().iterator(), run);
    } else if (value instanceof Generator generator) {
      return generator.elements();
    } else if (value instanceof Undefined) {
      return List.of().iterator();
    } else if (value instanceof String text) {
      return characters(text, run);
    }
    throw new Fault("'" + Kind.of(value) + "' object is not iterable");
  }

  static boolean possible(Object value) {
    return value instanceof List
        || value instanceof Dict
        || value instanceof Tuple
        || value instanceof DictView
        || value instanceof Generator
        || value instanceof Undefined
        || value instanceof String;
  }

  static List<Object> list(Object value, Run run) {
    List<Object> elements = new ArrayList<>();
    of(value, run).forEachRemaining(element -> {
      run.chargeElements(1);
      elements.add(element);
    });
    return elements;
  }

  /** Python's {@code len()}. */
  static int length(Object value, Run run) {
    int length = lengthOrMinus(value, run);
    if (length < 0) {
      throw new Fault("object of type '" + Kind.of(value) + "' has no len()");
    }
    return length;
  }

  /** -1 for what has no length. */
  static int lengthOrMinus(Object value, Run run) {
    if (value instanceof String text) {
      run.charge(text.length() >> 4);
      return text.codePointCount(0, text.length());
    } else if (value instanceof List<?> list) {
      return list.size();
    } else if (value instanceof Dict dict) {
      return dict.size();
    } else if (value instanceof Tuple tuple) {
      return tuple.elements().size();
    } else if (value instanceof DictView view) {
      return view.elements().size();
    }
    return value instanceof Undefined ? 0 : value instanceof Loop loop ? (int) loop.length(run) : -1;
  }

  /** Last element first; refused for what Python cannot go through backwards. */
  static List<Object> reversed(Object value, Run run) {
    if (value instanceof Generator || value instanceof Undefined || !possible(value)) {
      throw new Fault("'" + Kind.of(value) + "' object is not reversible");
    }
    List<Object> elements = list(value, run);
    java.util.Collections.reverse(elements);
    return elements;
  }

  private static Iterator<Object> paid(Iterator<?> elements, Run run) {
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        return elements.hasNext();
      }

      @Override
      public Object next() {
        run.charge(1);
        return elements.next();
      }
    };
  }

  private static Iterator<Object> characters(String text, Run run) {
    PrimitiveIterator.OfInt codePoints = text.codePoints().iterator();
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        return codePoints.hasNext();
      }

      @Override
      public Object next() {
        run.charge(1);
        return Character.toString(codePoints.nextInt());
      }
    };
  }
}
