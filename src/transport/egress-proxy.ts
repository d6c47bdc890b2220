/** The one way out of the operator's network, where there is no other. */
export interface EgressProxy {
  readonly protocol: "http:" | "https:" | "socks5:";
  /** Name or address, a v6 one without brackets. The operator's word: it is not guarded. */
  readonly host: string;
  readonly port: number;
  readonly credentials: ProxyCredentials | undefined;
}

export interface ProxyCredentials {
  readonly user: string;
  readonly password: string;
}

const defaultPorts = { "http:": 80, "https:": 443, "socks5:": 1080 } as const;
const credentialBytesMax = 255; // RFC 1929 section 2

/** A URL of a proxy. Fails without repeating it, as it may have a password in it. */
export function parseEgressProxy(text: string): EgressProxy {
  const url = URL.parse(text);
  const protocol = protocolOf(url?.protocol);
  const plain = url?.search === "" && url.hash === "" && /^\/?$/.test(url.pathname);
  if (url === null || protocol === undefined || !plain || url.hostname === "") {
    throw new Error(
      "it is not http://, https:// or socks5:// with a host, and a port or user information if need be (socks5h and socks4 are none: names are resolved and checked here)",
    );
  }
  const port = url.port === "" ? defaultPorts[protocol] : Number(url.port);
  const host = url.hostname.replace(/^\[|\]$/g, "");
  return { protocol, host, port, credentials: credentialsOf(url) };
}

function protocolOf(text: string | undefined): EgressProxy["protocol"] | undefined {
  return text === "http:" || text === "https:" || text === "socks5:" ? text : undefined;
}

function credentialsOf({ username, password }: URL): ProxyCredentials | undefined {
  if (username === "" && password === "") return undefined;
  const credentials = {
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
  };
  if (Object.values(credentials).some((text) => Buffer.byteLength(text) > credentialBytesMax)) {
    throw new Error(`its user and its password have at most ${credentialBytesMax} bytes each`);
  }
  return credentials;
}
