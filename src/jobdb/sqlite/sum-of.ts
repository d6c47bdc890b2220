/** Adds up counts by their names; undefined as soon as they are more than `most` together. */
export async function sumOf<Name extends string>(
  counts: AsyncIterable<Readonly<Record<Name, number>>>,
  none: Readonly<Record<Name, number>>,
  most: number,
): Promise<Readonly<Record<Name, number>> | undefined> {
  const sum: Record<Name, number> = { ...none };
  const names = Object.keys(none) as Name[]; // it has no others
  for await (const each of counts) {
    for (const name of names) sum[name] += each[name];
    if (names.reduce((total, name) => total + sum[name], 0) > most) return undefined;
  }
  return sum;
}
