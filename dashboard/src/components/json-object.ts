/**
 * The JSON object that somebody has typed; undefined: nothing. An error if it is none, which says so of what it was to be.
 *
 * @param what begins the error's sentence: "The schema"
 */
export function jsonObjectOf(
  what: string,
  text: string,
): Readonly<Record<string, unknown>> | undefined | Error {
  if (text === "") return undefined;
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) {
      return value as Readonly<Record<string, unknown>>; // it is an object
    }
    return new Error(`${what} is no JSON object.`);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return new Error(`${what} is no JSON: ${why}`);
  }
}
