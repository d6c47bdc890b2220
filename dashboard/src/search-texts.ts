/** What stands in an address's query: iterators and filters, as they are typed. */

type Texts<Name extends string> = Partial<Record<Name, string | undefined>>;

/** The named texts of an address's query; whatever else it has is nobody's. */
export function textsOfSearch<Name extends string>(...names: readonly Name[]) {
  return (search: Record<string, unknown>): Texts<Name> => {
    const given = names.flatMap((name) => {
      const value = search[name];
      return typeof value === "string" || typeof value === "number" ? [[name, String(value)]] : [];
    });
    return Object.fromEntries(given) as Texts<Name>;
  };
}

/** For a router: texts stay texts, also those that look like numbers or JSON. */
export const searchTexts = {
  parseSearch: (search: string): Record<string, string> =>
    Object.fromEntries(new URLSearchParams(search)),
  stringifySearch: (search: Record<string, unknown>): string => {
    const given = Object.entries(search).filter(([, value]) => value !== undefined);
    const query = String(new URLSearchParams(given as [string, string][]));
    return query === "" ? "" : `?${query}`;
  },
};
