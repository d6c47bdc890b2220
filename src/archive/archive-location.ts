/** Where an archive is, as the settings say it. */
export type ArchiveLocation =
  | { readonly kind: "folder"; readonly path: string }
  /** The prefix is empty or ends with a slash. */
  | { readonly kind: "s3"; readonly bucket: string; readonly prefix: string }
  /** Nothing is archived. */
  | { readonly kind: "off" };

const s3Form = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/(.*))?$/;

/** @throws Error that says what is wrong with the text */
export function parseArchiveLocation(text: string): ArchiveLocation {
  if (text === "") throw new Error("it is empty");
  if (text === "off") return { kind: "off" };
  if (!text.startsWith("s3://")) return { kind: "folder", path: text };
  const [, bucket, path = ""] = s3Form.exec(text) ?? [];
  if (bucket === undefined) throw new Error(`"${text}" names no bucket`);
  const prefix = path === "" || path.endsWith("/") ? path : `${path}/`;
  return { kind: "s3", bucket, prefix };
}
