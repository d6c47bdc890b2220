/**
 * Loaded into a server before it starts, so that a recording of a few megabytes has many checkpoints in it, and write-ahead
 * logs that start again from the front.
 */
import { limits } from "../../../src/core/limits.ts";

Object.assign(limits, { checkpointBytes: 128 * 1024, walRestartBytes: 512 * 1024 });
