package io.headgate.service.http;

import org.jspecify.annotations.Nullable;

/**
 * What became of a reset.
 *
 * @param here true if this instance has the key's windows
 * @param owner the instance that has them, as host and port of its HTTP; null if it is not known
 * @param windows how many were emptied
 */
public record KeyReset(boolean here, @Nullable String owner, int windows) {}
