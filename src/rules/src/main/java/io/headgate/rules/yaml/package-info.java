/**
 * YAML files as somebody wrote them: read with the place of every value, so that all that is wrong
 * is said at once, each with line and column, what was found and what expected. {@link
 * io.headgate.rules.yaml.YamlSource} makes nodes of a file, {@link
 * io.headgate.rules.yaml.YamlReader} reads them as what is expected, and {@link
 * io.headgate.rules.yaml.Problems} gathers the rest.
 *
 * <p>For files of this project; must not know what is in any of them.
 */
@NullMarked
package io.headgate.rules.yaml;

import org.jspecify.annotations.NullMarked;
