import { type ApiOptions, createApi, startApi, stopApi } from "../api/api.ts";
import type { ApiContext } from "../api/context.ts";
import { limits } from "../core/limits.ts";
import { createAddressGuard } from "../transport/address-guard/address-guard.ts";
import { createOwnAddresses } from "../transport/address-guard/own-addresses.ts";
import type { Composition } from "./composition.ts";
import { dashboardFolder } from "./dashboard-folder.ts";
import { destinationRulesOf } from "./destination-settings.ts";
import { clientOf, isTrustedProxy } from "./inbound-settings.ts";
import { jwtKeysOf } from "./jwt-keys.ts";
import type { Logger } from "./logger.ts";
import { portalLooksOf } from "./portal-settings.ts";

export interface OpenApi {
  /** Makes the routes ready, which takes some 0.5 s of CPU time and nothing of what the routes are for. */
  ready(): Promise<void>;
  /** Returns where, such as `http://127.0.0.1:8071`. Fails with `listen_failed`. */
  listen(): Promise<string>;
}

/** The API by the settings. Nothing of it has to be closed until it listens. */
export function openApi(
  { settings, logger, closings }: Composition,
  context: ApiContext & Pick<ApiOptions, "metrics" | "requests">,
): OpenApi {
  const guard = createAddressGuard({
    rules: destinationRulesOf(settings),
    ownAddresses: createOwnAddresses(),
  });
  let address = "";
  const { trustedProxies } = settings;
  const api = createApi({
    ...context,
    publicUrl: () => settings.publicUrl ?? address,
    corsOrigins: settings.corsOrigins,
    isTrustedProxy: (each) => isTrustedProxy(trustedProxies, each),
    connectionRules: {
      clientOf: (each) => clientOf(trustedProxies, each),
      perClientMax: settings.clientConnectionsMax,
      answerGraceMs: limits.answerGraceMs,
    },
    checkUrl: (text) => guard.checkUrl(text),
    jwtKeys: jwtKeysOf(settings),
    dashboard: dashboardFolder(),
    portal: portalLooksOf(settings),
    nowMs: Date.now,
    logger: quieter(logger),
    intakeRules: {
      bulkShare: settings.bulkShare,
      applicationRate: settings.ingestRate,
      organizationRate: settings.organizationIngestRate,
      burstMs: settings.ingestBurstMs,
    },
  });
  const ready = async (): Promise<void> => {
    await api.ready();
  };
  const listen = async (): Promise<string> => {
    closings.push(() => stopApi(api, limits.requestsDrainMs));
    const bound = await startApi(api, settings.listen);
    const host = bound.family === "IPv6" ? `[${bound.address}]` : bound.address;
    return (address = `http://${host}:${bound.port}`);
  };
  return { ready, listen };
}

/** Warnings and worse: the server itself says where it listens. */
function quieter(logger: Logger): Logger {
  return logger.isLevelEnabled("warn") ? logger.child({}, { level: "warn" }) : logger;
}
