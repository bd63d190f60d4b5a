package io.headgate.bench.e2e;

/**
 * What an application's whole life showed.
 *
 * @param heap bytes in use after a collection, at the end
 * @param taken records that it took in
 * @param admitted records; 0 if it is not ours
 * @param events that the lane or the task sent
 * @param restored rows a second when the state was read back; 0 if none was
 */
record Standing(double heap, long taken, long admitted, long events, double restored) {}
