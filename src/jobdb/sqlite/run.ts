/** Runs of 4,096 rows, by which the indexes are divided (see job-db-migrations.ts). The SQL has the same numbers as literals. */
import { messageRowOf, type DeliveryNumber } from "../../core/delivery.ts";
import { limits } from "../../core/limits.ts";

export const runRows = 4096;

/** The run of a message or of an attempt. */
export function runOfRow(row: number): number {
  return Math.floor(row / runRows);
}

/** A run that has this row is full. */
export function lastRowOfRun(run: number): number {
  return (run + 1) * runRows - 1;
}

export function runOfDelivery(delivery: DeliveryNumber): number {
  return runOfRow(messageRowOf(delivery));
}

/** The highest number that a delivery of this run can have. */
export function lastDeliveryOfRun(run: number): DeliveryNumber {
  return (run + 1) * runRows * limits.deliveriesPerMessageMax - 1;
}
