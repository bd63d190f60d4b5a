package io.headgate.bench.e2e;

/**
 * What a stretch of records showed.
 *
 * @param recordsPerSecond that the stream threads took in
 * @param cpuNanos of the stream threads, for each record
 * @param processNanos of processor time in the whole process, for each record: the producers'
 *     threads, the lane's, compiler's and collector's too
 * @param bytes that the stream threads allocated, for each record
 * @param compileMillis that the JVM's compilers worked meanwhile: little, if it was warm
 */
record Slice(
    double recordsPerSecond,
    double cpuNanos,
    double processNanos,
    double bytes,
    double compileMillis) {}
