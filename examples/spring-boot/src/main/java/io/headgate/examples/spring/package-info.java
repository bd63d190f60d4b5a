/**
 * The limiter in a Spring Boot application. Knows headgate-streams and Spring; nothing knows it.
 */
@NullMarked
package io.headgate.examples.spring;

import org.jspecify.annotations.NullMarked;
