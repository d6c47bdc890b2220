/** What TLS connections to an endpoint take of its own. All are PEM. */
export interface TlsSettings {
  /** The only authorities whose certificates are accepted; undefined: the usual ones. */
  readonly authorities: string | undefined;
  /** What the endpoint knows us by. */
  readonly client: ClientCertificate | undefined;
}

export interface ClientCertificate {
  /** The certificate, then those that lead to its authority. */
  readonly chain: string;
  readonly privateKey: string;
}
