package io.headgate.service.http;

import java.util.List;

/**
 * An entry of the topic of limits.
 *
 * @param entry what it limits: {@code RULE}, {@code RULE/class/CLASS} or {@code RULE/key/KEY}
 * @param limits as text, such as {@code 20/1s}
 */
public record LimitEntry(String entry, List<String> limits) {}
