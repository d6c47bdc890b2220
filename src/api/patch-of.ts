type Patched<Body> = {
  [Name in keyof Body]?: Exclude<Body[Name], null> | (null extends Body[Name] ? undefined : never);
};

/** A PATCH's fields as changes: what is not given is left out, and null becomes undefined, "none". */
export function patchOf<Body extends object>(body: Body): Patched<Body> {
  const given = Object.entries(body).filter(([, value]) => value !== undefined);
  const changes = Object.fromEntries(given.map(([name, value]) => [name, value ?? undefined]));
  return changes as Patched<Body>; // the same fields, less those left out
}
