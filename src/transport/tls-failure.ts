import type { TlsFailure } from "../core/delivery.ts";

/** Codes of OpenSSL's verification and of Node's own check of the name. */
const failures: Readonly<Record<string, TlsFailure>> = {
  CERT_HAS_EXPIRED: "certificate-expired",
  CERT_NOT_YET_VALID: "certificate-not-yet-valid",
  ERR_TLS_CERT_ALTNAME_INVALID: "certificate-other-name",
  HOSTNAME_MISMATCH: "certificate-other-name",
  DEPTH_ZERO_SELF_SIGNED_CERT: "certificate-self-signed",
  SELF_SIGNED_CERT_IN_CHAIN: "certificate-unknown-authority",
  UNABLE_TO_GET_ISSUER_CERT: "certificate-unknown-authority",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "certificate-unknown-authority",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "certificate-unknown-authority",
  CERT_UNTRUSTED: "certificate-unknown-authority",
};

/** The endpoint's alert that it does not take our certificate, or misses one. */
const clientCertificateAlert =
  /_ALERT_(?:CERTIFICATE_REQUIRED|(?:BAD|UNSUPPORTED)_CERTIFICATE|CERTIFICATE_(?:REVOKED|EXPIRED|UNKNOWN)|UNKNOWN_CA|ACCESS_DENIED)$/;

/** Whatever is no certificate's fault: OpenSSL's own errors. */
const handshakeCode = /^(?:ERR_SSL_|EPROTO|ERR_TLS_)/;

/** What the code of an error means that TLS made of a connection. */
export function tlsFailureOf(code: string): TlsFailure {
  const failure = failures[code];
  if (failure !== undefined) return failure;
  if (clientCertificateAlert.test(code)) return "client-certificate";
  return code === "" || handshakeCode.test(code) ? "handshake" : "certificate";
}
