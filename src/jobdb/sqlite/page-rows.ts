import type { Page } from "../../director/facade.ts";

/** Rows strictly between two of one table of one JobDb. */
export interface RowsBetween {
  readonly above: number;
  readonly below: number;
}

/** Where rows of a table of a JobDb lie in time. */
export interface RowTimes {
  readonly jobDb: number;
  readonly lastRow: number;
  /** The first row made at or after a time; one above the last row if there is none. */
  readonly firstRowSince: (sinceMs: number) => number;
}

/**
 * Which rows of a JobDb a page can hold. A listing is in the order of time, then JobDb number, then row; within a JobDb
 * the order of rows is that of time, so the page's edge is a row in each JobDb.
 */
export function rowsOfPage(page: Page, times: RowTimes): RowsBetween {
  const { edge, direction, sinceMs, untilMs } = page;
  let above = sinceMs === undefined ? 0 : times.firstRowSince(sinceMs) - 1;
  let below = untilMs === undefined ? times.lastRow + 1 : times.firstRowSince(untilMs);
  if (edge === undefined) return { above, below };
  const isEdgeHere = edge.jobDb === times.jobDb;
  // Of rows made in the same millisecond, those of lower JobDbs come before the edge, those of higher ones after it.
  const after = () => times.firstRowSince(times.jobDb < edge.jobDb ? edge.atMs + 1 : edge.atMs);
  if (direction === "older") below = Math.min(below, isEdgeHere ? edge.row : after());
  else above = Math.max(above, isEdgeHere ? edge.row : after() - 1);
  return { above, below };
}
