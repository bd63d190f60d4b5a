package io.headgate.service.config;

import io.headgate.rules.RuleSet;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The rules to begin with, and the file that may change them.
 *
 * @param rules as they were read
 * @param file where they stand, to be looked at again and again; null if they stand in the
 *     service's own file, and stay
 */
public record RulesChoice(RuleSet rules, @Nullable Path file) {}
