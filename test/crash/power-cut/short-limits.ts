/**
 * Loaded into a server before it starts, so that a recording of a few megabytes has many checkpoints in it, write-ahead logs that
 * start again from the front, and archives of several blocks, made and followed by a drop while the load goes on.
 */
import { limits } from "../../../src/core/limits.ts";

Object.assign(limits, {
  checkpointBytes: 128 * 1024,
  walRestartBytes: 512 * 1024,
  archiveBlockBytes: 256 * 1024,
  archiverIntervalMs: 200,
  archiverRetryMs: 200,
  dropIntervalMs: 100,
});
