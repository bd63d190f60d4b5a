package io.headgate.service.http;

import io.vertx.core.Future;
import io.vertx.core.http.HttpMethod;

/**
 * What is answered to a method and a path.
 *
 * @param method of the request; a HEAD is answered as the GET
 * @param path as in the interface's description; one that ends in a name in braces is for all paths
 *     that begin so, and the rest, slashes and all, is the name's
 * @param level what is asked of the caller
 * @param answer makes the answer, on the event loop's thread
 */
record Route(HttpMethod method, String path, Access.Level level, Answer answer) {

  /** Makes an answer. */
  interface Answer {
    /**
     * Answers a call.
     *
     * @throws Problem instead of an answer
     */
    Future<Reply> to(Call call);
  }

  /** What the path begins with, if it is for several; else the path. */
  String prefix() {
    int brace = path.indexOf('{');
    return brace < 0 ? path : path.substring(0, brace);
  }

  boolean isPrefix() {
    return path.endsWith("}");
  }
}
