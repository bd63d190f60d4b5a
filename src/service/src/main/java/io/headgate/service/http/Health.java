package io.headgate.service.http;

import java.util.List;

/**
 * How an instance is.
 *
 * @param alive false if it has failed and will not recover by itself
 * @param ready true if it does its work
 * @param reasons why it is not alive or not ready, a line each
 */
public record Health(boolean alive, boolean ready, List<String> reasons) {}
