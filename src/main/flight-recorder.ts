import { closeSync, openSync, rmSync, writeSync } from "node:fs";
import { limits } from "../core/limits.ts";
import type { Handled, Suspect } from "../core/suspicion.ts";
import type { Clock, FlightRecorder, Stoppable } from "../director/ports.ts";
import { type FlightMemory, FlightTable, writeFlightRecord } from "./flight-record.ts";

export interface FileFlightRecorderOptions {
  readonly path: string;
  /** Shared with whoever writes it to the file when this thread can't. */
  readonly memory: FlightMemory;
  readonly suspects: readonly Suspect[];
  /** The run before has died: for a while each beginning and end is written to the file. */
  readonly isAfterDeath: boolean;
  readonly clock: Pick<Clock, "nowMs" | "after">;
  /** The file can't be written: told once, and from then on an unseen death leaves nothing to go by. */
  readonly onFailure: (error: unknown) => void;
}

/** A Director's flight record (flight-record.ts has the model), as its thread writes it. */
export class FileFlightRecorder implements FlightRecorder {
  readonly suspects: readonly Suspect[];
  readonly #options: FileFlightRecorderOptions;
  readonly #table: FlightTable;
  /** Those that were not handled to their end yet. */
  readonly #suspectPlaces = new Map<string, number>();
  readonly #suspectOf = new Map<number, string>();
  readonly #freed: number[] = [];
  #used: number;
  #file: number | undefined;
  #writesAll: boolean;
  readonly #recorded: Stoppable | undefined;
  #state: "recording" | "died" | "closed" = "recording";

  constructor(options: FileFlightRecorderOptions) {
    const { memory, suspects, isAfterDeath, clock } = options;
    this.#options = options;
    this.suspects = suspects;
    this.#table = new FlightTable(memory);
    for (const [index, suspect] of suspects.entries()) {
      this.#table.put(index + 1, suspect, "waiting");
      this.#table.suspect(index + 1, suspect.suspicion);
      this.#suspectPlaces.set(keyOf(suspect), index + 1);
      this.#suspectOf.set(index + 1, keyOf(suspect));
    }
    this.#used = suspects.length;
    this.#writesAll = isAfterDeath;
    if (isAfterDeath)
      this.#recorded = clock.after(limits.recordedRunMs, () => (this.#writesAll = false));
    this.#try(() => {
      writeFlightRecord(options.path, this.#table.copy("unseen", suspects.length));
      this.#file = openSync(options.path, "r+");
    });
  }

  began(delivery: Handled): number {
    const suspect =
      this.#suspectPlaces.size > 0 ? this.#suspectPlaces.get(keyOf(delivery)) : undefined;
    const place = suspect ?? this.#freed.pop() ?? (this.#used += 1);
    this.#table.put(place, delivery, "underWay");
    if (this.#writesAll || suspect !== undefined) this.#write(place);
    return place;
  }

  ended(place: number): void {
    this.#table.free(place);
    this.#freed.push(place);
    const suspect = this.#suspectOf.get(place);
    if (suspect !== undefined) {
      this.#suspectOf.delete(place);
      this.#suspectPlaces.delete(suspect);
    }
    if (this.#writesAll || suspect !== undefined) this.#write(place);
  }

  died(): void {
    if (this.#state !== "recording") return;
    this.#state = "died";
    this.#try(() => writeFlightRecord(this.#options.path, this.#table.copy("seen")));
    this.#release();
  }

  close(): void {
    if (this.#state === "recording") {
      this.#state = "closed";
      this.#try(() => rmSync(this.#options.path, { force: true }));
    }
    this.#release();
  }

  #write(place: number): void {
    const file = this.#file;
    if (file === undefined) return;
    const { bytes, position } = this.#table.copyPlace(place);
    this.#try(() => writeSync(file, bytes, 0, bytes.length, position));
  }

  #release(): void {
    this.#recorded?.stop();
    const file = this.#file;
    this.#file = undefined;
    if (file !== undefined) closeSync(file);
  }

  /** Deliveries go on whatever the file does: it only matters to a run after a death. */
  #try(write: () => void): void {
    try {
      write();
    } catch (error) {
      this.#release();
      this.#options.onFailure(error);
    }
  }
}

function keyOf({ jobDb, delivery, round }: Handled): string {
  return `${jobDb}/${delivery}/${round}`;
}
