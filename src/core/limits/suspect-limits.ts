/** Deliveries whose handling may be what ends the process. */
export const suspectLimits = {
  /** How long after a run that died without a word what is being handled is written to a file, a system call for each beginning and end. */
  recordedRunMs: 60 * 60 * 1000,
  /** Suspects of one Director that are remembered: as many as can be handled at once, with outcomes that are not durable. */
  suspectsMax: 12_000,
  /** How long a suspect is handled before the next one is: what ends a process mostly does so at once. */
  suspectAloneMs: 250,
  /** What a death with a lone suspect weighs: one that the process has seen coming can't have been somebody's kill. */
  seenDeathEvidence: 3,
  unseenDeathEvidence: 1,
  /** With so much evidence it is given up on: three such deaths, or nine that nobody has seen. */
  convictingEvidence: 9,
  /** How long after a start it waits at evidence 1, then twice as long each time, so that the others are served meanwhile. */
  suspectWaitMs: 1_000,
  suspectWaitMsMax: 60 * 60 * 1000,
  /** How often is looked whether a Director's thread answers, and how often in a row it may not: a minute of our own turns. */
  watchIntervalMs: 1_000,
  missedTurnsMax: 60,
  /** Heap of a Director's thread, MiB: some 200 with ten million messages waiting. */
  directorHeapMebibytesMax: 1_024,
} as const;
