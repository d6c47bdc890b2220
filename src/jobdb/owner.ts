/** Who may write which JobDbs. */
export interface Owner {
  /** This Director, from 0, … */
  readonly index: number;
  /** … of this many in the process: it owns the JobDbs whose number modulo this is its index. */
  readonly count: number;
  /** Higher than that of any owner before: from the lock of the data folder. */
  readonly epoch: number;
}

export function owns(owner: Owner, jobDb: number): boolean {
  return jobDb % owner.count === owner.index;
}

/** The smallest number of this owner's above `highest`. */
export function numberAbove(highest: number, owner: Owner): number {
  const next = highest + 1;
  return next + ((((owner.index - next) % owner.count) + owner.count) % owner.count);
}
