/** A moment as a browser's `datetime-local` field has it: in the browser's own zone, without saying so, to the minute. */
export function localTextOf(date: Date): string {
  const two = (value: number) => String(value).padStart(2, "0");
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day}T${two(date.getHours())}:${two(date.getMinutes())}`;
}

/** The same moment as the API takes it; undefined: the text is none. */
export function instantOfLocal(local: string): string | undefined {
  const date = new Date(local);
  return Number.isNaN(date.valueOf()) ? undefined : date.toISOString();
}
