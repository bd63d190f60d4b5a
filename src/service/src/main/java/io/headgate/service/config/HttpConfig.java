package io.headgate.service.config;

import java.nio.file.Path;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What is shown over HTTP.
 *
 * @param host name or address that is listened on
 * @param port 0 to 65,535; 0 for a free one
 * @param tokenFile file whose first line is the token that clients must have; null for none
 * @param write whether limits and keys may be changed over HTTP
 * @param open whether whoever reaches it may read without the token
 * @param names further host names that clients use for it, such as a proxy's
 */
public record HttpConfig(
    String host,
    int port,
    @Nullable Path tokenFile,
    boolean write,
    boolean open,
    Set<String> names) {}
