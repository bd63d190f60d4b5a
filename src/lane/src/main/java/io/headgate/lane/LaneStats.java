package io.headgate.lane;

/**
 * What one task's lane has done so far: numbers of one moment that other threads may still be
 * changing. All but {@code waiting}, {@code slotsInUse} and {@code slotBytes} only grow. Records
 * that passed, and that a shadow rule would have blocked, are counted apart from those that were
 * blocked; events are of either.
 *
 * @param records blocked records that were reported
 * @param shadowRecords shadow records that were reported
 * @param eventsOffered events given to the lane's thread
 * @param eventsAcked events that the broker has
 * @param eventsLost events that were given up: only {@link Delivery#BEST_EFFORT} and {@link
 *     LaneFailurePolicy#BEST_EFFORT} do
 * @param recordsLost blocked records that those events stood for
 * @param shadowRecordsLost shadow records that those events stood for
 * @param recordsGrown blocked records added to an event that was open
 * @param shadowRecordsGrown shadow records added to an event that was open
 * @param recordsOverflowed blocked records counted without their key, for want of slots
 * @param shadowRecordsOverflowed shadow records counted without their key, for want of slots
 * @param waiting events in the ring now
 * @param slotsInUse event slots lent out now
 * @param slotBytes bytes of all event slots
 * @param handlesRefused handles the pool refused: 0 unless there is a bug
 */
public record LaneStats(
    long records,
    long shadowRecords,
    long eventsOffered,
    long eventsAcked,
    long eventsLost,
    long recordsLost,
    long shadowRecordsLost,
    long recordsGrown,
    long shadowRecordsGrown,
    long recordsOverflowed,
    long shadowRecordsOverflowed,
    int waiting,
    int slotsInUse,
    long slotBytes,
    long handlesRefused) {}
