package io.headgate.rules.yaml;

import java.util.Collection;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Finds the word that somebody may have meant. Stateless. */
public final class NearestWord {

  private static final int MAX_LENGTH = 40;

  private NearestWord() {}

  /**
   * Finds the word with the fewest letters to change.
   *
   * @param text what was written, in any case, with {@code _} or {@code .} for hyphens
   * @param words in lower case, with hyphens
   * @return the word, or null if none is near
   */
  public static @Nullable String to(String text, Collection<String> words) {
    if (text.length() > MAX_LENGTH) {
      return null;
    }
    String plain = text.toLowerCase(Locale.ROOT).replace('_', '-').replace('.', '-');
    String nearest = null;
    int least = Integer.MAX_VALUE;
    for (String word : words) {
      int distance = distance(plain, word);
      if (distance < least && distance <= Math.max(1, word.length() / 3)) {
        least = distance;
        nearest = word;
      }
    }
    return nearest;
  }

  /** Letters to put in, take out, change, or swap with their neighbour. */
  private static int distance(String a, String b) {
    int[][] d = new int[a.length() + 1][b.length() + 1];
    for (int i = 0; i <= a.length(); i++) {
      for (int k = 0; k <= b.length(); k++) {
        if (i == 0 || k == 0) {
          d[i][k] = i + k;
          continue;
        }
        int change = a.charAt(i - 1) == b.charAt(k - 1) ? 0 : 1;
        d[i][k] = Math.min(d[i - 1][k - 1] + change, Math.min(d[i - 1][k], d[i][k - 1]) + 1);
        if (i > 1
            && k > 1
            && a.charAt(i - 1) == b.charAt(k - 2)
            && a.charAt(i - 2) == b.charAt(k - 1)) {
          d[i][k] = Math.min(d[i][k], d[i - 2][k - 2] + 1);
        }
      }
    }
    return d[a.length()][b.length()];
  }
}
