package dev.wootz.engine.grammar;

import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Formats of strings as regular expressions. They take what every validator takes: offsets of time that are in use, hostnames of whole labels,
 * addresses of mail without quotes.
 */
final class Formats {
  private static final String DATE =
      "(?:\\d{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\\d|30)|02-(?:0[1-9]|1\\d|2[0-8]))"
          + "|(?:\\d\\d(?:0[48]|[2468][048]|[13579][26])|(?:[02468][048]|[13579][26])00)-02-29)";
  private static final String TIME =
      "(?:[01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(?:\\.\\d{1,9})?(?:Z|\\+(?:0\\d|1[0-4]):[0-5]\\d|-(?:0[1-9]|1[0-2]):[0-5]\\d)";
  private static final String LABEL = "[A-Za-z0-9]{1,15}(?:-[A-Za-z0-9]{1,15}){0,2}";
  private static final String HOST = LABEL + "(?:\\." + LABEL + "){0,3}";
  /** Validators know which top-level domains there are; these are old enough for all of them. */
  private static final String DOMAINS =
      "com|org|net|edu|gov|info|biz|dev|app|ac|ad|ae|af|ag|ai|al|am|ao|ar|as|at|au|aw|az|ba|bb|bd|be|bf|bg|bh|bi|bj|bm|bn|bo|br|bs|bt|bw|by|bz|ca|cc|cd|cf|cg|ch|ci|ck|"
          + "cl|cm|cn|co|cr|cu|cv|cy|cz|de|dj|dk|dm|do|dz|ec|ee|eg|er|es|et|eu|fi|fj|fk|fm|fo|fr|ga|gd|ge|gf|gg|gh|gi|gl|gm|gn|gp|gq|gr|gt|gu|gw|gy|hk|hn|hr|ht|hu|"
          + "id|ie|il|im|in|io|iq|ir|is|it|je|jm|jo|jp|ke|kg|kh|ki|km|kn|kr|kw|ky|kz|la|lb|lc|li|lk|lr|ls|lt|lu|lv|ly|ma|mc|md|me|mg|mh|mk|ml|mm|mn|mo|mp|mq|mr|ms|"
          + "mt|mu|mv|mw|mx|my|mz|na|nc|ne|nf|ng|ni|nl|no|np|nr|nu|nz|om|pa|pe|pf|pg|ph|pk|pl|pm|pn|pr|pt|pw|py|qa|re|ro|rs|ru|rw|sa|sb|sc|sd|se|sg|sh|si|sk|sl|sm|"
          + "sn|so|sr|st|sv|sy|sz|tc|td|tf|tg|th|tj|tk|tm|tn|to|tr|tt|tv|tw|tz|ua|ug|uk|us|uy|uz|va|vc|ve|vg|vi|vn|vu|wf|ws|ye|yt|za|zm|zw";

  private static final String BYTE = "(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";
  private static final String IPV4 = BYTE + "(?:\\." + BYTE + "){3}";
  private static final String H = "[0-9a-fA-F]{1,4}";
  private static final String IPV6 =
      "(?:(?:H:){7}H|(?:H:){1,7}:|(?:H:){1,6}:H|(?:H:){1,5}(?::H){1,2}|(?:H:){1,4}(?::H){1,3}|(?:H:){1,3}(?::H){1,4}|(?:H:){1,2}(?::H){1,5}|H:(?::H){1,6}|:(?::H){1,7}|::)"
          .replace("H", H);
  private static final String PATH = "(?:[A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})";
  private static final String CLOCK = "T(?:\\d{1,9}H(?:\\d{1,9}M(?:\\d{1,9}S)?)?|\\d{1,9}M(?:\\d{1,9}S)?|\\d{1,9}S)";
  private static final String DURATION =
      "P(?:\\d{1,9}W|(?:\\d{1,4}Y(?:\\d{1,4}M(?:\\d{1,4}D)?)?|\\d{1,4}M(?:\\d{1,4}D)?|\\d{1,4}D)(?:CLOCK)?|CLOCK)".replace("CLOCK", CLOCK);

  private static final Map<String, String> KNOWN =
      new TreeMap<>(
          Map.ofEntries(
              Map.entry("date", DATE),
              Map.entry("time", TIME),
              Map.entry("date-time", DATE + "T" + TIME),
              Map.entry("duration", DURATION),
              Map.entry("uuid", "[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"),
              Map.entry("email", "[A-Za-z0-9_+-]{1,30}(?:\\.[A-Za-z0-9_+-]{1,30})?@(?:" + LABEL + "\\.){1,3}(?:" + DOMAINS + ")"),
              Map.entry("hostname", HOST),
              Map.entry("ipv4", IPV4),
              Map.entry("ipv6", IPV6),
              Map.entry("uri", "[a-z][a-z0-9+.-]{0,15}://" + HOST + "(?::[1-9]\\d{0,3})?(?:/" + PATH + "*)*(?:\\?(?:" + PATH + "|[/?])*)?(?:#(?:" + PATH + "|[/?])*)?"),
              Map.entry("json-pointer", "(?:/(?:[!$-.0-}]|~[01]){0,20}){0,5}")));

  private Formats() {}

  /** A regular expression, null for a format that is not known. */
  static @Nullable String regex(String format) {
    return KNOWN.get(format);
  }

  static String names() {
    return String.join(", ", KNOWN.keySet());
  }
}
