/**
 * What a request that can't be fulfilled is told, in Svix's two shapes: `{code, detail}` with a sentence, and for wrong
 * fields (422) `{detail: [{loc, msg, type}]}` with all of them. A sentence says what was expected, what came, what to do.
 */
const table = {
  bad_request: 400,
  invalid_json: 400,
  authentication_failed: 401,
  forbidden: 403,
  not_found: 404,
  request_timeout: 408,
  conflict: 409,
  too_many_endpoints: 409,
  body_too_large: 413,
  unsupported_media_type: 415,
  wrong_fields: 422,
  too_many_requests: 429,
  headers_too_large: 431,
  server_error: 500,
  unavailable: 503,
} as const;

export type ProblemCode = keyof typeof table;

/** One wrong field: where it is (`["body", "url"]`), why it is wrong, and a word for programs. */
export interface WrongField {
  readonly loc: readonly string[];
  readonly msg: string;
  readonly type: "value_error" | "value_error.missing" | "type_error";
}

export class Problem extends Error {
  override readonly name = "Problem";
  readonly code: ProblemCode;
  readonly status: number;
  /** Seconds after which the same request is worth another try; undefined if it is not, as it stands. */
  readonly retryAfterSeconds: number | undefined;
  readonly wrongFields: readonly WrongField[] | undefined;

  constructor(
    code: ProblemCode,
    detail: string,
    more: { retryAfterSeconds?: number; wrongFields?: readonly WrongField[] } = {},
  ) {
    super(detail);
    this.code = code;
    this.status = table[code];
    this.retryAfterSeconds = more.retryAfterSeconds;
    this.wrongFields = more.wrongFields;
  }

  /** The answer's JSON. */
  toJSON(): object {
    return this.wrongFields === undefined
      ? { code: this.code, detail: this.message }
      : { detail: this.wrongFields };
  }

  static wrongFields(wrongFields: readonly WrongField[]): Problem {
    return new Problem("wrong_fields", "The request has wrong fields.", { wrongFields });
  }

  static invalidJson(got: string): Problem {
    return new Problem("invalid_json", `Expected a JSON text, got ${got}. Correct the body.`);
  }

  /** Told alike for what never existed, was deleted, or belongs to another organisation. */
  static notFound(what: string, id: string): Problem {
    return new Problem(
      "not_found",
      `Expected the id or uid of ${what} of yours, got ${JSON.stringify(id)}. Check it, or list what there is.`,
    );
  }
}
